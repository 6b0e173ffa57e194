package e2ek8s

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// patience bounds waits that have no limit of their own; pods start slowly on a busy machine.
const patience = 10 * time.Minute

// look is how often a condition of the cluster is looked at.
const look = 200 * time.Millisecond

// A run is one that was submitted to the cluster.
type run struct {
	c               *cluster
	namespace, name string
	events          *events
}

// submit submits a run file with `ringmaster k8s submit`, as a person does, and follows its steps.
func submit(t *testing.T, c *cluster, namespace, name, file string, args ...string) *run {
	t.Helper()
	r := &run{c: c, namespace: namespace, name: name}
	t.Cleanup(func() { r.explain(t) })
	command := append([]string{"submit", file, "--name", name, "--small"}, args...)
	r.prepare(t, r.ringmaster(t, append(command, "--dry-run")...))
	r.ringmaster(t, command...)
	r.events = follow(t, r)
	return r
}

// prepare makes the volume of a run's objects writable, on the test cluster: its host-path volumes belong to
// root alone, and no fsGroup changes that.
func (r *run) prepare(t *testing.T, manifest string) {
	t.Helper()
	if r.c.tool == "" {
		return
	}
	for document := range strings.SplitSeq(manifest, "\n---\n") {
		if !strings.Contains(document, "kind: PersistentVolumeClaim") {
			continue
		}
		claim, err := r.c.tryKubectl(t.Context(), document, "--namespace", r.namespace, "apply", "--server-side", "-f", "-", "-o", "name")
		if err != nil {
			t.Fatal(err)
		}
		var volume string
		await(t, "a volume for the run", patience, func() bool {
			volume = r.kubectl(t, "get", strings.TrimSpace(claim), "-o", "jsonpath={.spec.volumeName}")
			return volume != ""
		})
		path := r.c.kubectl(t, "get", "pv", volume, "-o", "jsonpath={.spec.hostPath.path}")
		if _, err := output(r.c.command(t.Context(), "chmod", "0777", path)); err != nil {
			t.Fatal(err)
		}
	}
}

// ringmaster runs `ringmaster k8s COMMAND` for the run's namespace and returns what it printed.
func (r *run) ringmaster(t *testing.T, args ...string) string {
	t.Helper()
	out, err := r.try(t.Context(), args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (r *run) try(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(root, "bin", "ringmaster"), append([]string{"k8s"}, append(args, "--namespace", r.namespace)...)...)
	cmd.Dir, cmd.Env = root, os.Environ()
	if r.c.tool != "" {
		cmd.Env = append(cmd.Env, "RINGMASTER_KUBECTL="+r.c.tool+" kubectl")
	}
	return output(cmd)
}

// kubectl runs kubectl in the run's namespace.
func (r *run) kubectl(t *testing.T, args ...string) string {
	t.Helper()
	return r.c.kubectl(t, append([]string{"--namespace", r.namespace}, args...)...)
}

// selector finds the pods or Jobs of one component of the run.
func (r *run) selector(component string) string {
	return "app.kubernetes.io/instance=" + r.name + ",app.kubernetes.io/component=" + component
}

// A pod is what these tests read of one.
type pod struct {
	Metadata struct {
		Name, UID         string
		DeletionTimestamp string
	}
	Spec struct {
		NodeName   string
		Containers []struct{ Image string }
	}
	Status struct {
		Phase, PodIP      string
		ContainerStatuses []struct {
			ContainerID string
			Ready       bool
			State       struct {
				Terminated *struct {
					ExitCode int
					Message  string
				}
			}
		}
	}
}

func (p pod) ready() bool {
	return p.Metadata.DeletionTimestamp == "" && len(p.Status.ContainerStatuses) > 0 && p.Status.ContainerStatuses[0].Ready
}

// container is the id by which the node knows the pod's container.
func (p pod) container() string {
	if len(p.Status.ContainerStatuses) == 0 {
		return ""
	}
	_, id, _ := strings.Cut(p.Status.ContainerStatuses[0].ContainerID, "://")
	return id
}

// pods are those of a component.
func (r *run) pods(t *testing.T, component string) []pod {
	t.Helper()
	var list struct{ Items []pod }
	decode(t, r.kubectl(t, "get", "pods", "--selector", r.selector(component), "-o", "json"), &list)
	return list.Items
}

// ready waits for so many pods of a component that are in service: a worker may take part in steps before its
// node has asked it whether it is ready.
func (r *run) ready(t *testing.T, component string, atLeast int) (found []pod) {
	t.Helper()
	await(t, fmt.Sprintf("%d ready pods of the %s", atLeast, component), patience, func() bool {
		found = slices.DeleteFunc(r.pods(t, component), func(p pod) bool { return !p.ready() })
		return len(found) >= atLeast
	})
	return found
}

// coordinator waits for the pod that has the run.
func (r *run) coordinator(t *testing.T) pod {
	t.Helper()
	return r.ready(t, "coordinator", 1)[0]
}

// A job is what these tests read of one.
type job struct {
	Metadata struct{ Name string }
	Spec     struct {
		Parallelism, Completions int
		Template                 struct {
			Spec struct {
				Containers []struct {
					Args         []string
					VolumeMounts []struct{ Name, MountPath string }
				}
				Volumes []struct {
					Name                  string
					PersistentVolumeClaim *struct{ ClaimName string }
				}
			}
		}
	}
	Status struct {
		Conditions []struct{ Type, Status, Reason, Message string }
	}
}

func (r *run) job(t *testing.T, component string) job {
	t.Helper()
	var list struct{ Items []job }
	decode(t, r.kubectl(t, "get", "jobs", "--selector", r.selector(component), "-o", "json"), &list)
	if len(list.Items) == 0 {
		t.Fatalf("the run has no Job for its %s", component)
	}
	return list.Items[0]
}

// ended says whether a Job has ended, and how.
func (j job) ended() (how, message string) {
	for _, c := range j.Status.Conditions {
		if c.Status == "True" && (c.Type == "Complete" || c.Type == "Failed") {
			return c.Type, c.Reason + ": " + c.Message
		}
	}
	return "", ""
}

// volume is where the coordinator keeps the run: the claim, where it is mounted, and the run directory.
func (r *run) volume(t *testing.T) (claim, mount, dir string) {
	t.Helper()
	spec := r.job(t, "coordinator").Spec.Template.Spec
	for _, v := range spec.Volumes {
		for _, m := range spec.Containers[0].VolumeMounts {
			if v.PersistentVolumeClaim != nil && m.Name == v.Name {
				claim, mount = v.PersistentVolumeClaim.ClaimName, m.MountPath
			}
		}
	}
	for i, arg := range spec.Containers[0].Args {
		if value, found := strings.CutPrefix(arg, "--run-dir="); found {
			dir = value
		} else if arg == "--run-dir" {
			dir = spec.Containers[0].Args[i+1]
		}
	}
	dir = strings.NewReplacer("$(NAMESPACE)", r.namespace, "$(RUN)", r.name).Replace(dir)
	if claim == "" || dir == "" {
		t.Fatalf("the coordinator's Job names no volume or no run directory: %+v", spec)
	}
	return claim, mount, dir
}

// explain shows how the run stands where its test failed.
func (r *run) explain(t *testing.T) {
	if !t.Failed() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, args := range [][]string{
		{"get", "jobs,pods", "-o", "wide"},
		{"logs", "--selector", r.selector("coordinator"), "--tail", "40", "--prefix"},
		{"logs", "--selector", r.selector("worker"), "--tail", "15", "--prefix", "--max-log-requests", "20"},
		{"get", "events", "--sort-by", ".lastTimestamp"},
	} {
		out, err := r.c.tryKubectl(ctx, "", append([]string{"--namespace", r.namespace}, args...)...)
		t.Logf("kubectl %s (%v):\n%s", strings.Join(args, " "), err, lastLines(out, 60))
	}
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

func decode(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
}

// await waits until a condition holds, and fails where it takes too long.
func await(t *testing.T, what string, within time.Duration, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); !holds(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited %s for %s", within, what)
		}
		select {
		case <-time.After(look):
		case <-t.Context().Done():
			t.Fatal(fmt.Errorf("waiting for %s: %w", what, context.Cause(t.Context())))
		}
	}
}
