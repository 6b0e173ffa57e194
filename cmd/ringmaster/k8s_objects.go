package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// objects is what is read of a list of Jobs or pods.
type objects struct{ Items []object }

type object struct {
	Metadata struct {
		Name, Namespace   string
		Labels            map[string]string
		CreationTimestamp time.Time
	}
	Spec struct {
		Parallelism, Completions int
		Suspend                  bool
		NodeName                 string
		Template                 struct{ Spec podSpec }
	}
	Status struct {
		Active, Ready, Succeeded, Failed int
		Phase                            string
		Conditions                       []condition
		ContainerStatuses                []containerStatus
		InitContainerStatuses            []containerStatus
	}
}

type podSpec struct{ Containers []struct{ Image string } }

type condition struct{ Type, Status, Reason, Message string }

type containerStatus struct {
	Ready bool
	State struct {
		Waiting    *struct{ Reason, Message string }
		Running    *struct{}
		Terminated *struct {
			ExitCode        int
			Reason, Message string
		}
	}
}

func (o object) component() string { return o.Metadata.Labels["app.kubernetes.io/component"] }

// has is the condition of a type, where it holds.
func (o object) has(kind string) (condition, bool) {
	i := slices.IndexFunc(o.Status.Conditions, func(c condition) bool { return c.Type == kind && c.Status == "True" })
	if i < 0 {
		return condition{}, false
	}
	return o.Status.Conditions[i], true
}

// jobState is a Job's state in a word or two, and why it is so.
func (o object) jobState() (state, why string) {
	if c, ok := o.has("Failed"); ok {
		return "failed", c.Message
	}
	if _, ok := o.has("Complete"); ok {
		return "finished", ""
	}
	if o.Spec.Suspend {
		return "suspended", ""
	}
	if o.Status.Ready == 0 {
		return "starting", ""
	}
	return "running", ""
}

func (o object) ready() bool {
	return len(o.Status.ContainerStatuses) > 0 && !slices.ContainsFunc(o.Status.ContainerStatuses, func(c containerStatus) bool { return !c.Ready })
}

// running says whether a command can be run in the pod's container.
func (o object) running() bool {
	return o.Status.Phase == "Running" && len(o.Status.ContainerStatuses) > 0 && o.Status.ContainerStatuses[0].State.Running != nil
}

// podState is a pod's state, and why it is so.
func (o object) podState() (state, why string) {
	for _, c := range append(slices.Clone(o.Status.InitContainerStatuses), o.Status.ContainerStatuses...) {
		switch {
		case c.State.Waiting != nil && c.State.Waiting.Reason != "PodInitializing":
			return c.State.Waiting.Reason, c.State.Waiting.Message
		case c.State.Terminated != nil && c.State.Terminated.Reason == outOfMemory:
			advice := "submit the run with more --memory, or without --small"
			if o.component() == "coordinator" {
				advice = "submit the run without --small, or raise the limit in the coordinator's Job"
			}
			return "out of memory", "it took more than its limit: " + advice
		case c.State.Terminated != nil && c.State.Terminated.ExitCode != 0:
			return fmt.Sprintf("exit code %d", c.State.Terminated.ExitCode), whyEnded(c.State.Terminated.Message)
		}
	}
	if c, ok := o.unschedulable(); ok {
		return "not scheduled", c.Message
	}
	return strings.ToLower(o.Status.Phase), ""
}

// outOfMemory is Kubernetes' word for a container that the kernel killed at its memory limit.
const outOfMemory = "OOMKilled"

func (o object) unschedulable() (condition, bool) {
	for _, c := range o.Status.Conditions {
		if c.Type == "PodScheduled" && c.Status == "False" {
			return c, true
		}
	}
	return condition{}, false
}

// whyEnded is the sentence with which a program of ours ended, of the last lines of its log; where there is none, the last line.
func whyEnded(log string) string {
	why := lastLine(log)
	for line := range strings.Lines(log) {
		for _, program := range []string{"ringmaster: ", "ringmaster-worker: "} {
			if strings.HasPrefix(line, program) {
				why = strings.TrimSpace(line)
			}
		}
	}
	return why
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}
