package e2ek8s

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ringmaster/run/directory"
)

// events are the steps that a run has committed so far, as its events.jsonl tells them.
type events struct {
	mu  sync.Mutex
	all []directory.Event
}

// follow starts a pod beside the coordinator's volume that prints events.jsonl as it grows, and
// reads what it prints until the test ends.
func follow(t *testing.T, r *run) *events {
	t.Helper()
	claim, mount, dir := r.volume(t)
	name := "follow-" + r.name
	r.c.apply(t, fmt.Sprintf(`
apiVersion: v1
kind: Pod
metadata: {name: %s, namespace: %s}
spec:
  restartPolicy: Never
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: 1
  tolerations: [{operator: Exists}]
  securityContext: {runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532, fsGroup: 65532, seccompProfile: {type: RuntimeDefault}}
  nodeName: %s
  containers:
  - name: probe
    image: %s
    imagePullPolicy: Never
    args: [follow, %s/events.jsonl]
    securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
    volumeMounts: [{name: run, mountPath: %s, readOnly: true}]
  volumes: [{name: run, persistentVolumeClaim: {claimName: %s}}]
`, name, r.namespace, r.c.firstNode(t), probeImage, dir, mount, claim))
	await(t, "the pod that follows events.jsonl", patience, func() bool {
		return strings.Contains(r.kubectl(t, "get", "pod", name, "-o", "jsonpath={.status.phase}"), "Running")
	})
	e := &events{}
	ctx, cancel := context.WithCancel(context.Background())
	logs := r.c.command(ctx, "kubectl", "--namespace", r.namespace, "logs", "--follow", name)
	out, err := logs.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := logs.Start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		e.read(out)
	}()
	t.Cleanup(func() {
		cancel()
		<-read
		_ = logs.Wait() // it was cancelled
	})
	return e
}

func (e *events) read(lines io.Reader) {
	in := bufio.NewScanner(lines)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		var one directory.Event
		if json.Unmarshal(in.Bytes(), &one) != nil {
			continue // of kubectl
		}
		e.mu.Lock()
		e.all = append(e.all, one)
		e.mu.Unlock()
	}
}

// list is a copy of what was committed so far.
func (e *events) list() []directory.Event {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.all)
}

func (e *events) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.all)
}

// newest is the generation of the newest step.
func (e *events) newest() (generation uint64) {
	if all := e.list(); len(all) > 0 {
		generation = all[len(all)-1].Generation
	}
	return generation
}

// world is the world size of the newest step; 0 before the first.
func (e *events) world() int {
	all := e.list()
	if len(all) == 0 {
		return 0
	}
	return all[len(all)-1].World
}

// awaitWorld waits until steps are done with so many workers.
func (e *events) awaitWorld(t *testing.T, n int) {
	t.Helper()
	await(t, fmt.Sprintf("steps of %d workers", n), patience, func() bool { return e.world() == n })
}

// awaitSteps waits for more steps than there are.
func (e *events) awaitSteps(t *testing.T, n int) {
	t.Helper()
	want := e.count() + n
	await(t, fmt.Sprintf("%d more steps", n), patience, func() bool { return e.count() >= want })
}

// after waits for the first step that was committed after a time in a newer generation than
// before: the run goes on after something was done to it.
func (e *events) after(t *testing.T, at time.Time, before uint64) (next directory.Event) {
	t.Helper()
	await(t, "the next step", patience, func() bool {
		all := e.list()
		i := slices.IndexFunc(all, func(one directory.Event) bool { return one.Time.After(at) && one.Generation > before })
		if i >= 0 {
			next = all[i]
		}
		return i >= 0
	})
	return next
}

// stall is the longest time without a step between a time and now.
func (e *events) stall(at time.Time) (longest time.Duration) {
	for _, one := range e.list() {
		if one.Time.After(at) {
			longest = max(longest, one.Time.Sub(at))
			at = one.Time
		}
	}
	return longest
}
