package e2ek8s

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
)

// Limits of the time from a fault to the next step.
const (
	podKilledLimit    = 2 * time.Second
	nodeOffLimit      = 5 * time.Second
	coordinatorLimit  = 15 * time.Second
	membershipLimit   = 60 * time.Second // of pods that have to be started
	natsRestartsLimit = 15 * time.Second
)

// A report is the table of faults and times that is printed at the end.
type report struct{ t table.Writer }

func newReport() report {
	r := report{table.NewWriter()}
	r.t.AppendHeader(table.Row{"fault", "next step after s", "limit s"})
	return r
}

func (r report) add(t *testing.T, fault string, took, limit time.Duration) {
	t.Helper()
	r.t.AppendRow(table.Row{fault, fmt.Sprintf("%.2f", took.Seconds()), limit.Seconds()})
	t.Logf("%s: next step after %.2f s (limit %s)", fault, took.Seconds(), limit)
	if took > limit {
		t.Errorf("%s: the next step came after %s, limit %s", fault, took, limit)
	}
}

func (r report) print() { fmt.Println(r.t.Render()) }

// Three workers on two nodes and more, and everything that happens to pods and nodes, one after another. The
// run finishes, no example is lost or used twice, and all ranks have the same parameters.
func TestARunOutlivesItsCluster(t *testing.T) {
	c := needCluster(t)
	killer := startKillers(t, c)
	namespace := c.namespace(t, "pod-security.kubernetes.io/enforce=restricted")
	// A name of its own, since a node is drained of the run's pods by it, in all namespaces.
	name := "hurt-" + namespace[strings.LastIndexByte(namespace, '-')+1:]
	r := submit(t, c, namespace, name, longRun(t), "--workers", "3")
	times := newReport()
	defer times.print()
	r.events.awaitWorld(t, 3)

	r.killAWorker(t, killer, times)
	r.deleteTheCoordinator(t, times)
	r.drain(t, times)
	r.scale(t, times)
	r.suspend(t, times)
	r.rollTheImage(t, times)
	r.cutANodeOff(t, times)
	r.finishes(t)
}

// longRun is the sample with a model whose steps are short, so that the times are those of the faults.
func longRun(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "hurt.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "hurt.yaml")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(b), "EXAMPLES", filepath.Join(root, "examples"))), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func (r *run) killAWorker(t *testing.T, k killers, times report) {
	t.Helper()
	before := r.events.newest()
	at := k.kill(t, r.ready(t, "worker", 1)[0])
	next := r.events.after(t, at, before)
	times.add(t, "worker's pod killed (kill -9)", next.Time.Sub(at), podKilledLimit)
	r.events.awaitWorld(t, 3) // another pod takes its place
}

func (r *run) deleteTheCoordinator(t *testing.T, times report) {
	t.Helper()
	p := r.coordinator(t)
	before, at := r.events.newest(), time.Now()
	r.kubectl(t, "delete", "pod", p.Metadata.Name, "--wait=false")
	next := r.events.after(t, at, before)
	times.add(t, "coordinator's pod deleted", next.Time.Sub(at), coordinatorLimit)
	r.events.awaitWorld(t, 3)
}

func (r *run) scale(t *testing.T, times report) {
	t.Helper()
	from := 3
	for _, to := range []int{1, 4} {
		at := time.Now()
		r.ringmaster(t, "scale", r.name, fmt.Sprint(to))
		r.events.awaitWorld(t, to)
		times.add(t, fmt.Sprintf("scaled from %d to %d workers: longest pause", from, to), r.events.stall(at), podKilledLimit)
		from = to
	}
	r.ringmaster(t, "scale", r.name, "3")
	r.events.awaitWorld(t, 3)
}

// elsewhere is a node that has a worker, and neither the coordinator nor these tests' own pods.
func (r *run) elsewhere(t *testing.T) string {
	t.Helper()
	taken := []string{r.c.firstNode(t)}
	for _, p := range r.pods(t, "coordinator") {
		taken = append(taken, p.Spec.NodeName)
	}
	for _, p := range r.ready(t, "worker", 3) {
		if !slices.Contains(taken, p.Spec.NodeName) {
			return p.Spec.NodeName
		}
	}
	return ""
}

func (r *run) drain(t *testing.T, times report) {
	t.Helper()
	node := r.elsewhere(t)
	if node == "" {
		t.Log("=== SKIP: drain: no node has workers alone")
		return
	}
	at := time.Now()
	r.c.kubectl(t, "drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--pod-selector", "app.kubernetes.io/instance="+r.name, "--timeout", "120s")
	defer r.c.kubectl(t, "uncordon", node)
	r.events.awaitSteps(t, 50)
	times.add(t, "node drained: longest pause", r.events.stall(at), podKilledLimit)
	r.events.awaitWorld(t, 3)
}

func (r *run) suspend(t *testing.T, times report) {
	t.Helper()
	set := func(suspended bool) {
		for _, component := range []string{"worker", "coordinator"} {
			r.kubectl(t, "patch", "jobs", r.job(t, component).Metadata.Name, "--type", "merge", "--patch", fmt.Sprintf(`{"spec":{"suspend":%t}}`, suspended))
		}
	}
	before := r.events.newest()
	set(true)
	await(t, "no pods of a run that is suspended", patience, func() bool {
		// One that was killed before stays, as the record of its Job.
		return !slices.ContainsFunc(append(r.pods(t, "worker"), r.pods(t, "coordinator")...), func(p pod) bool {
			return p.Status.Phase == "Running" || p.Status.Phase == "Pending"
		})
	})
	steps := r.events.count()
	at := time.Now()
	set(false)
	next := r.events.after(t, at, before)
	times.add(t, fmt.Sprintf("suspended at step %d and resumed", steps), next.Time.Sub(at), membershipLimit)
	r.events.awaitWorld(t, 3)
}

func (r *run) cutANodeOff(t *testing.T, times report) {
	t.Helper()
	node := r.elsewhere(t)
	if node == "" {
		t.Log("=== SKIP: node off: no node has workers alone")
		return
	}
	before, at := r.events.newest(), time.Now()
	if err := r.c.cutOff(t.Context(), node); errors.Is(err, errNoNodeOff) {
		t.Log("=== SKIP: node off:", err)
		return
	} else if err != nil {
		t.Fatal(err)
	}
	next := r.events.after(t, at, before)
	times.add(t, "node cut off and powered off", next.Time.Sub(at), nodeOffLimit)
	// As long as its node is there, Kubernetes waits for a pod to end. A cloud removes the node of a machine that is gone.
	r.c.kubectl(t, "delete", "node", node)
	r.events.awaitWorld(t, 3)
}

// finishes waits for the end, and looks at what the run leaves.
func (r *run) finishes(t *testing.T) {
	t.Helper()
	await(t, "the end of the run", 20*time.Minute, func() bool {
		how, why := r.job(t, "coordinator").ended()
		if how == "Failed" {
			t.Fatalf("the coordinator's Job failed: %s", why)
		}
		return how == "Complete"
	})
	await(t, "the workers' end", patience, func() bool {
		how, why := r.job(t, "worker").ended()
		if how == "Failed" {
			t.Fatalf("the workers' Job failed: %s", why)
		}
		return how == "Complete"
	})
	r.passesAudit(t)
	r.ranksAgree(t)
	r.fetches(t)
}
