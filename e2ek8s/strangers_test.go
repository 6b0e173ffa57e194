package e2ek8s

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// short is a run of the sample that ends by itself after about a minute.
var short = []string{"--set", "train.steps=1500"}

// brief is long enough for runs to be beside each other.
var brief = []string{"--set", "train.steps=600"}

// podLike starts a pod like those of the run's workers, with something changed. It belongs to no Job, and is not
// counted among the run's pods.
func (r *run) podLike(t *testing.T, name string, change func(spec map[string]any)) {
	t.Helper()
	spec := r.workerPod(t)
	change(spec)
	manifest, err := json.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "Pod",
		"metadata": map[string]any{
			"name": name, "namespace": r.namespace,
			// A worker's environment names its run by this label.
			"labels": map[string]string{"app.kubernetes.io/instance": r.name, "app.kubernetes.io/component": "stranger"},
		},
		"spec": spec,
	})
	if err != nil {
		t.Fatal(err)
	}
	r.c.apply(t, string(manifest))
}

// workerPod is what the run's workers' pods are made of.
func (r *run) workerPod(t *testing.T) map[string]any {
	t.Helper()
	var j struct {
		Spec struct{ Template struct{ Spec map[string]any } }
	}
	decode(t, r.kubectl(t, "get", "job", r.job(t, "worker").Metadata.Name, "-o", "json"), &j)
	delete(j.Spec.Template.Spec, "topologySpreadConstraints")
	return j.Spec.Template.Spec
}

func container(spec map[string]any) map[string]any {
	return spec["containers"].([]any)[0].(map[string]any) //nolint:forcetypeassert // a pod has one
}

// replaced is a pod's spec with one word in another's place, wherever it stands.
func replaced(t *testing.T, spec map[string]any, old, replacement string) {
	t.Helper()
	b, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	clear(spec)
	decode(t, strings.ReplaceAll(string(b), old, replacement), &spec)
}

// ends waits until a pod's container has ended, and returns its exit code and all that it said.
func (r *run) ends(t *testing.T, name string, within time.Duration) (code int, said string) {
	t.Helper()
	var p pod
	await(t, "the end of pod "+name, within, func() bool {
		decode(t, r.kubectl(t, "get", "pod", name, "-o", "json"), &p)
		return len(p.Status.ContainerStatuses) > 0 && p.Status.ContainerStatuses[0].State.Terminated != nil
	})
	return p.Status.ContainerStatuses[0].State.Terminated.ExitCode, r.kubectl(t, "logs", name)
}

// A worker of the version before is told so, in a sentence, and the run does not notice it.
func TestAnOldWorkerIsRefused(t *testing.T) {
	c := needCluster(t)
	r := submit(t, c, c.namespace(t), "present", longRun(t), append([]string{"--workers", "2"}, short...)...)
	r.events.awaitWorld(t, 2)
	r.podLike(t, "old", func(spec map[string]any) { container(spec)["image"] = oldImage })
	code, said := r.ends(t, "old", patience)
	if code != 2 || !strings.Contains(said, "protocol") {
		t.Errorf("the old worker ended with %d and said:\n%s", code, said)
	}
	t.Logf("the old worker ended with %d: %s", code, lastLines(said, 1))
	r.keepsItsWorkers(t, 2)
	r.neverHadMoreThan(t, 2)
	r.finishes(t)
}

func (r *run) neverHadMoreThan(t *testing.T, world int) {
	t.Helper()
	for _, e := range r.events.list() {
		if e.World > world {
			t.Fatalf("step %d was done by %d workers, of which %d are the run's own", e.Step, e.World, world)
		}
	}
}

// secrets are the names of the Secrets that a worker's pod reads.
func secrets(spec map[string]any) (names []string) {
	var walk func(any)
	walk = func(at any) {
		switch v := at.(type) {
		case []any:
			for _, one := range v {
				walk(one)
			}
		case map[string]any:
			for key, value := range v {
				if in, ok := value.(map[string]any); ok && (key == "secret" || key == "secretKeyRef" || key == "secretRef") {
					for _, field := range []string{"name", "secretName"} {
						if name, ok := in[field].(string); ok {
							names = append(names, name)
						}
					}
				}
				walk(value)
			}
		}
	}
	walk(spec)
	return names
}

// Strangers in the run's own namespace: a pod without credentials, and one with those of another run. They reach
// the ports, since the test cluster enforces no network policy, and get nowhere.
func TestStrangersGetNowhere(t *testing.T) {
	c := needCluster(t)
	namespace := c.namespace(t)
	r := submit(t, c, namespace, "ours", longRun(t), append([]string{"--workers", "2"}, short...)...)
	other := submit(t, c, namespace, "theirs", longRun(t), append([]string{"--workers", "1"}, short...)...)
	r.events.awaitWorld(t, 2)
	other.events.awaitWorld(t, 1)

	theirs := secrets(other.workerPod(t))
	t.Run("with another run's credentials", func(t *testing.T) {
		r.podLike(t, "from-the-other-run", func(spec map[string]any) {
			for i, ours := range secrets(spec) {
				replaced(t, spec, fmt.Sprintf("%q", ours), fmt.Sprintf("%q", theirs[i]))
			}
		})
		code, said := r.ends(t, "from-the-other-run", patience)
		if code == 0 {
			t.Errorf("a worker with another run's credentials ended well:\n%s", said)
		}
		t.Logf("it ended with %d: %s", code, lastLines(said, 1))
	})
	t.Run("without credentials", func(t *testing.T) {
		for name, address := range map[string]string{"control": "ours-coordinator:4222", "ring": r.ready(t, "worker", 1)[0].Status.PodIP + ":7422"} {
			for _, scheme := range []string{"nats://", "tls://"} {
				said := r.probe(t, "knock", scheme+address)
				var k struct {
					Connected, Published bool
					Heard                int
					Problem              string
				}
				decode(t, said, &k)
				if k.Heard > 0 || k.Published {
					t.Errorf("%s: a stranger got as far as %+v", name, k)
				}
				t.Logf("%s over %s: %s", name, scheme, k.Problem)
			}
		}
	})
	r.neverHadMoreThan(t, 2)
	other.neverHadMoreThan(t, 1)
	r.finishes(t)
	other.finishes(t)
}

// probe runs the probe in a pod of its own and returns what it printed.
func (r *run) probe(t *testing.T, args ...string) string {
	t.Helper()
	name := fmt.Sprintf("probe-%d", time.Now().UnixNano())
	text, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	r.c.apply(t, fmt.Sprintf(`
apiVersion: v1
kind: Pod
metadata: {name: %s, namespace: %s}
spec:
  restartPolicy: Never
  automountServiceAccountToken: false
  containers: [{name: probe, image: %s, imagePullPolicy: Never, args: %s}]
`, name, r.namespace, probeImage, text))
	_, said := r.ends(t, name, patience)
	return said
}

// Two runs in one namespace, and one of the same name in another, keep to themselves.
func TestRunsBesideEachOtherDoNotMeet(t *testing.T) {
	c := needCluster(t)
	here, there := c.namespace(t), c.namespace(t)
	file := longRun(t)
	runs := []*run{
		submit(t, c, here, "one", file, append([]string{"--workers", "2"}, brief...)...),
		submit(t, c, here, "two", file, append([]string{"--workers", "2", "--set", "train.seed=2"}, brief...)...),
		submit(t, c, there, "one", file, append([]string{"--workers", "2", "--set", "train.seed=3"}, brief...)...),
	}
	for _, r := range runs {
		r.events.awaitWorld(t, 2)
	}
	for _, r := range runs {
		r.finishes(t)
		r.neverHadMoreThan(t, 2)
	}
}
