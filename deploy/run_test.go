package deploy

import (
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"ringmaster/deploy/kubectl"
)

func TestNames(t *testing.T) {
	for file, want := range map[string]string{
		"examples/sample.yaml": "sample", "My Run_2.YAML": "my-run-2", "2024.yaml": "run-2024", "é.yaml": "run", "---.yml": "run",
		strings.Repeat("long-", 20) + ".yaml": strings.TrimSuffix(strings.Repeat("long-", 8), "-"),
	} {
		got := NameFor(file)
		if got != want {
			t.Errorf("%q is called %q, want %q", file, got, want)
		}
		if err := CheckName(got); err != nil {
			t.Errorf("%q: %v", file, err)
		}
	}
	for _, bad := range []string{"", "Sample", "1st", "a_b", "a-", "-a", "a.b", strings.Repeat("a", longestName+1)} {
		if err := CheckName(bad); !errors.Is(err, ErrName) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestImages(t *testing.T) {
	for ref, want := range map[string]object{
		"w":                         {"name": "x", "newName": "w"},
		"w:1":                       {"name": "x", "newName": "w", "newTag": "1"},
		"registry:5000/team/w":      {"name": "x", "newName": "registry:5000/team/w"},
		"registry:5000/team/w:1.2":  {"name": "x", "newName": "registry:5000/team/w", "newTag": "1.2"},
		"registry/w:1@sha256:abcde": {"name": "x", "newName": "registry/w", "digest": "sha256:abcde"},
	} {
		got := image("x", ref)
		if len(got) != len(want) {
			t.Errorf("%s: %v", ref, got)
		}
		for key, value := range want {
			if got[key] != value {
				t.Errorf("%s: %s is %v, want %v", ref, key, got[key], value)
			}
		}
	}
}

func TestWhomAPolicyLetsThroughToAServer(t *testing.T) {
	for server, want := range map[string]struct {
		part string
		port int
	}{
		"nats://nats.mq.svc:4333":          {`"kubernetes.io/metadata.name": "mq"`, 4333},
		"tls://nats.mq.svc.cluster.local":  {`"kubernetes.io/metadata.name": "mq"`, 4222},
		"nats://nats.mq":                   {`"kubernetes.io/metadata.name": "mq"`, 4222},
		"nats://nats:4222":                 {`"podSelector": {}`, 4222},
		"nats://10.1.2.3:4222,nats://b:1":  {`"10.1.2.3/32"`, 4222},
		"nats://[fd00::1]:4222":            {`"fd00::1/128"`, 4222},
		"tls://nats.example.com:443":       {`[]`, 443},
		"nats://user:secret@nats.mq.svc:1": {`"mq"`, 1},
	} {
		peers, port := natsPeers(server)
		if !strings.Contains(peers, want.part) || port != want.port {
			t.Errorf("%s: %s at %d", server, peers, port)
		}
	}
}

func TestARunThatCannotBe(t *testing.T) {
	for name, change := range map[string]func(*Run){
		"no workers":    func(r *Run) { r.Workers = 0 },
		"too few":       func(r *Run) { r.MinWorkers = 4 },
		"negative GPUs": func(r *Run) { r.GPUs = -1 },
		"bad name":      func(r *Run) { r.Name = "Bad" },
		"long on NATS":  func(r *Run) { r.Namespace, r.Name = strings.Repeat("n", 40), strings.Repeat("r", 40) },
	} {
		r := Run{Name: "mine", Workers: 3}
		change(&r)
		if err := r.Write(t.TempDir()); !errors.Is(err, ErrOption) && !errors.Is(err, ErrName) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A run with all that can be asked for becomes objects that say so.
func TestWhatIsAskedForIsInTheObjects(t *testing.T) {
	if _, err := exec.LookPath("kubectl"); err != nil {
		t.Skip("kubectl is not on the PATH, so the manifests are not rendered: install kubectl")
	}
	r := Run{
		Name: "mine", Namespace: "team", RunFile: []byte("method: mt\n"), Seed: "secret", Token: "shared",
		Workers: 5, MinWorkers: 2, GPUs: 4, CoordinatorImage: "registry/coordinator:1", WorkerImage: "registry/worker:2",
		CPU: "7", Memory: "3Gi", Storage: "33Gi", StorageClass: "fast", PriorityClass: "high", Queue: "line", NATS: "nats://bus.mq.svc:4333",
	}
	dir := t.TempDir()
	if err := r.Write(dir); err != nil {
		t.Fatal(err)
	}
	manifest, err := kubectl.Client{}.Render(t.Context(), filepath.Join(dir, "run"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for decoder := yaml.NewDecoder(strings.NewReader(string(manifest))); ; {
		var o object
		if decoder.Decode(&o) != nil {
			break
		}
		text, err := yaml.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		all[o["kind"].(string)+" "+strings.SplitN(o["metadata"].(object)["name"].(string), "-", 3)[1]] = string(text)
		if o["metadata"].(object)["namespace"] != "team" {
			t.Errorf("%s is in no namespace", o["metadata"])
		}
	}
	for name, parts := range map[string][]string{
		"Job workers": {
			"completions: 5", "parallelism: 5", "image: registry/worker:2", "nvidia.com/gpu: \"4\"", "cpu: \"7\"", "memory: 3Gi", "priorityClassName: high",
			"kueue.x-k8s.io/queue-name: line", "kueue.x-k8s.io/job-min-parallelism: \"2\"", "value: nats://bus.mq.svc:4333", "podAntiAffinity",
		},
		"Job coordinator":             {"image: registry/coordinator:1", "kueue.x-k8s.io/queue-name: line", "priorityClassName: high", "value: nats://bus.mq.svc:4333", "--inputs=" + InputDir, "claimName: mine-run"},
		"PersistentVolumeClaim run":   {"storage: 33Gi", "storageClassName: fast"},
		"PodDisruptionBudget workers": {"minAvailable: 2"},
		"ConfigMap config":            {"immutable: true", "method: mt"},
		"Secret seed":                 {"immutable: true", "seed: c2VjcmV0"},
		"Secret token":                {"immutable: true", "token: c2hhcmVk"},
		"NetworkPolicy workers":       {"kubernetes.io/metadata.name: mq", "port: 4333"},
		"NetworkPolicy coordinator":   {"kubernetes.io/metadata.name: mq", "port: 4333"},
	} {
		for _, part := range parts {
			if !strings.Contains(all[name], part) {
				t.Errorf("%s has no %q:\n%s", name, part, all[name])
			}
		}
	}
	if _, there := all["Service coordinator"]; there {
		t.Error("there is a service for a server that the coordinator does not have")
	}
}
