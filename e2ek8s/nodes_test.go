package e2ek8s

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// nodes are the names of all nodes that are ready, in order.
func (c *cluster) nodes(t *testing.T) []string {
	t.Helper()
	var list struct {
		Items []struct {
			Metadata struct{ Name string }
			Spec     struct{ Unschedulable bool }
			Status   struct {
				Conditions []struct{ Type, Status string }
			}
		}
	}
	decode(t, c.kubectl(t, "get", "nodes", "-o", "json"), &list)
	var names []string
	for _, n := range list.Items {
		for _, condition := range n.Status.Conditions {
			if condition.Type == "Ready" && condition.Status == "True" && !n.Spec.Unschedulable {
				names = append(names, n.Metadata.Name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// firstNode is a node that these tests leave alone: their own pods are there.
func (c *cluster) firstNode(t *testing.T) string {
	t.Helper()
	names := c.nodes(t)
	if len(names) < 2 {
		t.Skipf("the cluster has %d nodes that are ready: these tests need two", len(names))
	}
	return names[0]
}

// killers kill containers from outside, with a pod on every node that sees the node's processes.
type killers struct {
	c         *cluster
	namespace string
}

func startKillers(t *testing.T, c *cluster) killers {
	t.Helper()
	k := killers{c, c.namespace(t, "pod-security.kubernetes.io/enforce=privileged")}
	c.apply(t, fmt.Sprintf(`
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: killer, namespace: %s}
spec:
  selector: {matchLabels: {app: killer}}
  template:
    metadata: {labels: {app: killer}}
    spec:
      hostPID: true
      terminationGracePeriodSeconds: 1
      tolerations: [{operator: Exists}]
      containers:
      - name: probe
        image: %s
        imagePullPolicy: Never
        args: [wait]
        securityContext: {privileged: true, runAsUser: 0}
`, k.namespace, probeImage))
	c.kubectl(t, "--namespace", k.namespace, "rollout", "status", "daemonset/killer", "--timeout", "120s")
	return k
}

// kill kills the first process of a pod's container with SIGKILL, and returns when.
func (k killers) kill(t *testing.T, p pod) time.Time {
	t.Helper()
	killer := strings.TrimSpace(k.c.kubectl(t, "--namespace", k.namespace, "get", "pods", "--field-selector", "spec.nodeName="+p.Spec.NodeName, "-o", "jsonpath={.items[0].metadata.name}"))
	said := strings.Fields(k.c.kubectl(t, "--namespace", k.namespace, "exec", killer, "--", "/program", "kill", p.container()))
	if len(said) != 3 || said[0] != "killed" {
		t.Fatalf("the killer said %q", said)
	}
	nanoseconds, err := strconv.ParseInt(said[2], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return time.Unix(0, nanoseconds)
}
