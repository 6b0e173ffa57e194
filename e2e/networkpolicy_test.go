package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"ringmaster/run/credentials"
)

// manifest is what this test reads of a Kubernetes object.
type manifest struct {
	Kind     string
	Metadata struct {
		Name   string
		Labels map[string]string
	}
	Spec struct {
		PodSelector selector `yaml:"podSelector"`
		PolicyTypes []string `yaml:"policyTypes"`
		Ingress     []rule
		Egress      []rule
		Template    struct {
			Metadata struct{ Labels map[string]string }
			Spec     struct{ Containers []struct{ Args []string } }
		}
	}
}

type selector struct {
	MatchLabels map[string]string `yaml:"matchLabels"`
}

type rule struct {
	From, To []peer
	Ports    []struct{ Port int }
}

type peer struct {
	PodSelector       *selector `yaml:"podSelector"`
	NamespaceSelector *selector `yaml:"namespaceSelector"`
}

func (s selector) selects(labels map[string]string) bool {
	for key, value := range s.MatchLabels {
		if labels[key] != value {
			return false
		}
	}
	return true
}

// localOverlay renders deploy/k8s/overlays/local with a run's secrets.
func localOverlay(t *testing.T, secrets string) (all []manifest) {
	t.Helper()
	if _, err := exec.LookPath("kubectl"); err != nil {
		t.Skip("kubectl is not on the PATH, so the manifests are not rendered: install kubectl to hold the network policies against a real run")
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../deploy/k8s")); err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(dir, "overlays", "local")
	for _, name := range []string{credentials.SeedFile, credentials.TokenFile} {
		text, err := credentials.ReadSecret(filepath.Join(secrets, name))
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(at, name), text)
	}
	text, err := exec.CommandContext(t.Context(), "kubectl", "kustomize", at).Output()
	if err != nil {
		t.Fatal(err)
	}
	for decoder := yaml.NewDecoder(strings.NewReader(string(text))); ; {
		var m manifest
		if decoder.Decode(&m) != nil {
			return all
		}
		all = append(all, m)
	}
}

// pod is a host that stands for one.
type pod struct {
	host, address string
	labels        map[string]string
}

// admits says whether policies let one pod reach a port of another, as Kubernetes defines it: a pod that
// a policy selects is closed in that direction but for what its policies name.
func admits(policies []manifest, from, to pod, port int) bool {
	return direction(policies, "Egress", from, to, port) && direction(policies, "Ingress", to, from, port)
}

func direction(policies []manifest, kind string, at, other pod, port int) bool {
	closed := false
	for _, p := range policies {
		if !slices.Contains(p.Spec.PolicyTypes, kind) || !p.Spec.PodSelector.selects(at.labels) {
			continue
		}
		closed = true
		rules := p.Spec.Ingress
		if kind == "Egress" {
			rules = p.Spec.Egress
		}
		for _, r := range rules {
			if !slices.ContainsFunc(r.Ports, func(p struct{ Port int }) bool { return p.Port == port }) {
				continue
			}
			for _, one := range append(slices.Clone(r.From), r.To...) {
				if one.NamespaceSelector == nil && one.PodSelector != nil && one.PodSelector.selects(other.labels) {
					return true
				}
			}
		}
	}
	return !closed
}

var variable = regexp.MustCompile(`\$\((\w+)\)`)

// argumentsOf are a Job's, for a process of the desk.
func argumentsOf(t *testing.T, all []manifest, job string, values map[string]string) (labels map[string]string, args []string) {
	t.Helper()
	for _, m := range all {
		if m.Kind != "Job" || m.Metadata.Name != job {
			continue
		}
		for _, a := range m.Spec.Template.Spec.Containers[0].Args {
			args = append(args, variable.ReplaceAllStringFunc(a, func(v string) string { return values[variable.FindStringSubmatch(v)[1]] }))
		}
		return m.Spec.Template.Metadata.Labels, args
	}
	t.Fatalf("there is no Job %s", job)
	return nil, nil
}

// A run of coordinator and workers, each on a machine of its own and started with the arguments of the
// manifests, works with what the network policies let through, uses all of it, and others get nowhere.
func TestNetworkPoliciesLetThroughWhatARunNeedsAndNothingElse(t *testing.T) {
	if _, err := exec.LookPath("nft"); err != nil {
		t.Skip("nft is not on the PATH, so no network policy is enforced: install nftables")
	}
	secrets := t.TempDir()
	if err := credentials.New().Write(secrets); err != nil {
		t.Fatal(err)
	}
	all := localOverlay(t, secrets)
	policies := slices.DeleteFunc(slices.Clone(all), func(m manifest) bool { return m.Kind != "NetworkPolicy" })
	d, n := newDesk(t), newHosts(t)
	values := map[string]string{"RUN": "sample", "NAMESPACE": "team"}
	var pods []pod
	for i, host := range []string{"c", "v", "w", "x"} { // x is a worker of another run
		n.host(host, 1, four)
		job := "sample-workers"
		if host == "c" {
			job = "sample-coordinator"
		}
		labels, _ := argumentsOf(t, all, job, nil)
		p := pod{host: host, address: n.address(i+1, 0, 2), labels: map[string]string{}}
		for key, value := range labels {
			p.labels[key] = value
		}
		pods = append(pods, p)
	}
	pods[3].labels["app.kubernetes.io/instance"] = "another"
	passes := enforce(t, n, policies, pods)
	if want := 4; len(passes) != want { // control from both workers, the ring in both directions
		t.Errorf("the policies let through %v, want %d ways", passes, want)
	}

	_, args := argumentsOf(t, all, "sample-coordinator", values)
	for i, a := range args {
		switch {
		case strings.HasPrefix(a, "/etc/ringmaster/"):
			args[i] = "run.yaml"
		case strings.HasPrefix(a, "--run-dir="):
			args[i] = "--run-dir=" + d.at("runs", filepath.Base(a))
		case strings.HasPrefix(a, "--inputs="):
			args[i] = "--inputs=" + d.dir
		case a == "--credentials=/var/run/ringmaster":
			args[i] = "--credentials=" + secrets
		}
	}
	started := []*process{n.start(d, "c", d.ringmaster, append(args, "--workers", "2", "--set", "method=mt", "--set", "train.steps=6")...)}
	for _, p := range pods[1:3] {
		values["POD"], values["POD_IP"] = "worker-"+p.host, p.address
		_, args := argumentsOf(t, all, "sample-workers", values)
		for i, a := range args {
			args[i] = strings.Replace(a, "/var/run/ringmaster/token", filepath.Join(secrets, credentials.TokenFile), 1)
		}
		started = append(started, n.start(d, p.host, d.worker, append(args, "--nats", "tls://"+pods[0].address+":4222", "--threads", "1")...))
	}
	for _, p := range started {
		p.wait(t, patience)
		p.exits(t, 0)
	}
	for _, way := range unused(t, n) {
		t.Errorf("the policies let through %s, which no run uses", way)
	}
}

// enforce has the router drop what the policies do not let through between pods, and lists what they do.
func enforce(t *testing.T, n *hosts, policies []manifest, pods []pod) (passes []string) {
	t.Helper()
	rules := "table ip policies {\n chain forward {\n  type filter hook forward priority 0; policy drop;\n  ct state established,related accept\n"
	for _, from := range pods {
		for _, to := range pods {
			for port := range 10000 {
				if from.host == to.host || !admits(policies, from, to, port) {
					continue
				}
				way := fmt.Sprintf("%s to %s at %d", from.host, to.host, port)
				passes = append(passes, way)
				rules += fmt.Sprintf("  ip saddr %s ip daddr %s tcp dport %d counter accept comment %s\n", from.address, to.address, port, strconv.Quote(way))
			}
		}
	}
	file := filepath.Join(t.TempDir(), "rules")
	writeFile(t, file, rules+" }\n}\n")
	n.in("r", "nft", "-f", file)
	return passes
}

var unusedRule = regexp.MustCompile(`counter packets 0 .*comment "([^"]+)"`)

// unused lists the ways that the router let nothing through by.
func unused(t *testing.T, n *hosts) (ways []string) {
	t.Helper()
	out, err := exec.Command("ip", "netns", "exec", n.space("r"), "nft", "list", "table", "ip", "policies").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, found := range unusedRule.FindAllStringSubmatch(string(out), -1) {
		ways = append(ways, found[1])
	}
	return ways
}
