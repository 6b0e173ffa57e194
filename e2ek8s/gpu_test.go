package e2ek8s

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// The overlay gpu on nodes that advertise GPUs, as a device plugin would have them do, and are tainted for pods with GPUs
// alone, as operators of such nodes do: its pods are one a node, each with all of its GPUs; one for which
// there is no node waits, and joins when there is one. There are no GPUs behind the advertisement, so the run is on CPUs.
func TestPodsWithGPUsAreOneANode(t *testing.T) {
	c := needCluster(t)
	nodes := c.nodesToGiveGPUs(t)
	for _, node := range nodes[1:3] {
		c.giveGPUs(t, node)
		c.keepForGPUs(t, node)
	}
	at, r := newcomer(t, c)
	at.run(t, "sed -i 's/^device: .*/device: auto/; s/epochs: 20/steps: 4000/' deploy/k8s/overlays/gpu/run.yaml")
	r.applyGPUOverlay(t, at)
	if got := r.nodesOf(t, 2); !slices.Equal(got, nodes[1:3]) {
		t.Errorf("the workers are on %v, and the nodes with GPUs are %v", got, nodes[1:3])
	}
	r.events = follow(t, r)
	r.events.awaitWorld(t, 2)

	r.kubectl(t, "patch", "job", r.name+"-workers", "--patch", `{"spec": {"parallelism": 3, "completions": 3}}`)
	var why string
	await(t, "a pod for which there is no node", patience, func() bool {
		why = r.kubectl(t, "get", "pods", "--selector", r.selector("worker"), "--field-selector", "status.phase=Pending",
			"-o", `jsonpath={.items[*].status.conditions[?(@.reason=="Unschedulable")].message}`)
		return why != ""
	})
	t.Log("the third pod waits:", why)
	if !strings.Contains(why, "Insufficient nvidia.com/gpu") {
		t.Errorf("it does not wait for GPUs: %s", why)
	}
	c.giveGPUs(t, nodes[0])
	r.events.awaitWorld(t, 3)
	if got := r.nodesOf(t, 3); !slices.Equal(got, nodes[:3]) {
		t.Errorf("the workers are on %v, and the nodes with GPUs are %v", got, nodes[:3])
	}
	r.events.awaitSteps(t, 10)
}

// The overlay as it is asks for GPUs by name. Where a node advertises some and gives its pods none, the run fails, and says
// so in a sentence: as the Job's condition, and as the termination message that `ringmaster k8s status` shows.
func TestARunWithoutItsGPUsSaysSo(t *testing.T) {
	c := needCluster(t)
	for _, node := range c.nodesToGiveGPUs(t)[1:3] {
		c.giveGPUs(t, node)
		c.keepForGPUs(t, node)
	}
	at, r := newcomer(t, c)
	r.applyGPUOverlay(t, at)
	var how string
	await(t, "the end of the run", patience, func() bool {
		how, _ = r.job(t, "coordinator").ended()
		return how != ""
	})
	if how != "Failed" {
		t.Errorf("the coordinator's Job is %s", how)
	}
	const want = `"cuda:0" was asked for, and no GPU is visible here`
	said := r.ringmaster(t, "status", r.name)
	t.Log(said)
	if !strings.Contains(said, want) {
		t.Errorf("k8s status does not say why:\n%s", said)
	}
	for _, p := range r.pods(t, "worker") {
		for _, s := range p.Status.ContainerStatuses {
			if end := s.State.Terminated; end != nil && end.ExitCode == 1 && !strings.Contains(end.Message, want) {
				t.Errorf("the pod %s ended with %q", p.Metadata.Name, end.Message)
			}
		}
	}
}

// nodesToGiveGPUs are at least three nodes that may be told to advertise GPUs: nobody's but the test cluster's.
func (c *cluster) nodesToGiveGPUs(t *testing.T) []string {
	t.Helper()
	if c.tool == "" {
		t.Skip("=== SKIP: GPUs that are not there are advertised on the nodes of the test cluster alone")
	}
	nodes := c.nodes(t)
	if len(nodes) < 3 {
		t.Skipf("=== SKIP: the test cluster has %d nodes that are ready, and three are needed", len(nodes))
	}
	return nodes
}

// giveGPUs has a node advertise eight GPUs until the test ends.
func (c *cluster) giveGPUs(t *testing.T, node string) {
	t.Helper()
	patch := func(operation string) []string {
		return []string{"patch", "node", node, "--subresource=status", "--type=json", "--patch",
			fmt.Sprintf(`[{"op": %q, "path": "/status/capacity/nvidia.com~1gpu", "value": "8"}]`, operation)}
	}
	c.untilTheEnd(t, patch("add"), patch("remove"))
	await(t, "GPUs on "+node, time.Minute, func() bool {
		return c.kubectl(t, "get", "node", node, "-o", `jsonpath={.status.allocatable.nvidia\.com/gpu}`) == "8"
	})
}

// keepForGPUs keeps pods without GPUs away from a node until the test ends.
func (c *cluster) keepForGPUs(t *testing.T, node string) {
	t.Helper()
	const taint = "nvidia.com/gpu=present:NoSchedule"
	c.untilTheEnd(t, []string{"taint", "node", node, taint}, []string{"taint", "node", node, taint + "-"})
}

// untilTheEnd runs kubectl now, and at the test's end once more to take that back.
func (c *cluster) untilTheEnd(t *testing.T, do, undo []string) {
	t.Helper()
	c.kubectl(t, do...)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if _, err := c.tryKubectl(ctx, "", undo...); err != nil {
			t.Error(err)
		}
	})
}

// applyGPUOverlay starts the overlay gpu as it is, but for processors and memory, of which the test's nodes have little.
func (r *run) applyGPUOverlay(t *testing.T, at shell) {
	t.Helper()
	r.name = "sample-gpu"
	smaller := filepath.Join(at.dir, "deploy", "k8s", "overlays", "smaller")
	if err := os.Mkdir(smaller, 0o755); err != nil {
		t.Fatal(err)
	}
	var patches strings.Builder
	for _, component := range []string{"coordinator", "workers"} {
		fmt.Fprintf(&patches, "- target: {kind: Job, name: sample-gpu-%s}\n  patch: |-\n", component)
		for resource, amounts := range map[string][2]string{"cpu": {"100m", `"1"`}, "memory": {"512Mi", "2Gi"}} {
			for i, part := range []string{"requests", "limits"} {
				fmt.Fprintf(&patches, "    - {op: replace, path: /spec/template/spec/containers/0/resources/%s/%s, value: %s}\n", part, resource, amounts[i])
			}
		}
	}
	kustomization := "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [../gpu]\npatches:\n" + patches.String()
	if err := os.WriteFile(filepath.Join(smaller, "kustomization.yaml"), []byte(kustomization), 0o600); err != nil {
		t.Fatal(err)
	}
	at.run(t, "ringmaster credentials new deploy/k8s/overlays/gpu")
	r.prepare(t, at.run(t, "kubectl kustomize deploy/k8s/overlays/smaller"))
	at.run(t, "kubectl apply -k deploy/k8s/overlays/smaller")
}

// nodesOf waits for so many workers that run, and returns the nodes that they are on, in order.
func (r *run) nodesOf(t *testing.T, workers int) (nodes []string) {
	t.Helper()
	for _, p := range r.ready(t, "worker", workers) {
		nodes = append(nodes, p.Spec.NodeName)
	}
	slices.Sort(nodes)
	return nodes
}
