package e2ek8s

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A cluster's API server takes the objects of every overlay, without a warning, in a namespace where pods must
// be as restricted as the Pod Security Standards ask.
func TestTheClusterTakesEveryOverlay(t *testing.T) {
	c := needCluster(t)
	overlays, err := os.ReadDir(filepath.Join(root, "deploy", "k8s", "overlays"))
	if err != nil {
		t.Fatal(err)
	}
	at, _ := newcomer(t, c)
	for _, overlay := range overlays {
		folder := filepath.Join("deploy", "k8s", "overlays", overlay.Name())
		at.run(t, "ringmaster credentials new "+folder)
		said := at.run(t, "kubectl apply --dry-run=server -k "+folder+" 2>&1")
		if strings.Contains(said, "Warning") || strings.Count(said, "created (server dry run)") < 8 {
			t.Errorf("%s:\n%s", overlay.Name(), said)
		}
	}
}

// What Kueue does to a run of the overlay kueue, done by hand: both Jobs are suspended from the start, then admitted
// with fewer workers than asked for, taken away in mid-run, and admitted again.
func TestAQueueAdmitsARun(t *testing.T) {
	c := needCluster(t)
	at, r := newcomer(t, c)
	r.name = "sample-kueue"
	// The overlay as it is, small enough for the test's nodes, and suspended as Kueue's webhook has it.
	suspended := filepath.Join(at.dir, "deploy", "k8s", "overlays", "suspended")
	if err := os.Mkdir(suspended, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(suspended, "kustomization.yaml"), []byte(`apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [../kueue]
components: [../../components/small]
patches:
- target: {kind: Job}
  patch: |-
    - op: add
      path: /spec/suspend
      value: true
`), 0o600); err != nil {
		t.Fatal(err)
	}
	at.run(t, "sed -i 's/epochs: 20/steps: 1500/' deploy/k8s/overlays/kueue/run.yaml") // long enough to be taken away
	at.run(t, "ringmaster credentials new deploy/k8s/overlays/kueue")
	r.prepare(t, at.run(t, "kubectl kustomize deploy/k8s/overlays/suspended"))
	at.run(t, "kubectl apply -k deploy/k8s/overlays/suspended")
	for _, component := range []string{"coordinator", "worker"} {
		label := r.kubectl(t, "get", "jobs", "--selector", r.selector(component), "-o", `jsonpath={.items[*].metadata.labels.kueue\.x-k8s\.io/queue-name}`)
		if label != "ringmaster" {
			t.Errorf("the %s's Job is in the queue %q", component, label)
		}
		if pods := r.pods(t, component); len(pods) > 0 {
			t.Errorf("a suspended Job has the pods %v", pods)
		}
	}
	admit := func(workers int) {
		r.kubectl(t, "patch", "job", r.name+"-workers", "--type=merge", "-p", fmt.Sprintf(`{"spec": {"suspend": false, "parallelism": %d, "completions": %d}}`, workers, workers))
		r.kubectl(t, "patch", "job", r.name+"-coordinator", "--type=merge", "-p", `{"spec": {"suspend": false}}`)
	}
	admit(1)
	r.events = follow(t, r)
	r.events.awaitWorld(t, 1)
	r.events.awaitSteps(t, 5)
	r.kubectl(t, "patch", "job", r.name+"-workers", r.name+"-coordinator", "--type=merge", "-p", `{"spec": {"suspend": true}}`)
	await(t, "the end of the run's pods", patience, func() bool {
		return len(r.pods(t, "coordinator")) == 0 && len(r.pods(t, "worker")) == 0
	})
	admit(2)
	r.events.awaitWorld(t, 2)
	r.finishes(t)
}
