package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"ringmaster/run/status"
	"ringmaster/screen"
	"ringmaster/shown"
)

func k8sStatusCommand() *cobra.Command {
	var namespace string
	c := &cobra.Command{
		Use:     "status NAME",
		Short:   "Show how a run on the cluster stands",
		Example: "  ringmaster k8s status sample",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			r, err := namedRun(args[0], namespace)
			if err != nil {
				return err
			}
			return r.showStatus(c.Context())
		},
	}
	namespaceFlag(c, &namespace)
	return c
}

// errNoRun: the cluster has no run of that name.
func (r clusterRun) errNoRun() error {
	return badInput(fmt.Errorf("there is no run %s; kubectl get jobs --all-namespaces --selector app.kubernetes.io/name=ringmaster lists all", r.where()))
}

// jobs are the run's Jobs, the coordinator's first, and then by age.
func (r clusterRun) jobs(ctx context.Context) ([]object, error) {
	var jobs objects
	if err := r.Get(ctx, &jobs, "jobs", "--selector", r.selector()); err != nil {
		return nil, err
	}
	if len(jobs.Items) == 0 {
		return nil, r.errNoRun()
	}
	slices.SortFunc(jobs.Items, func(a, b object) int {
		return cmp.Or(strings.Compare(a.component(), b.component()), a.Metadata.CreationTimestamp.Compare(b.Metadata.CreationTimestamp))
	})
	return jobs.Items, nil
}

// workersJob is the Job that has the run's workers: the newest, where one replaces another.
func (r clusterRun) workersJob(ctx context.Context) (object, error) {
	jobs, err := r.jobs(ctx)
	if err != nil {
		return object{}, err
	}
	if last := jobs[len(jobs)-1]; last.component() == "worker" {
		return last, nil
	}
	return object{}, badInput(fmt.Errorf("the run %s has no Job of workers; delete it (ringmaster k8s delete %s) and submit it again: it is resumed", r.where(), r.name))
}

func (r clusterRun) pods(ctx context.Context, component string) ([]object, error) {
	selector := r.selector()
	if component != "" {
		selector = r.selectorOf(component)
	}
	var pods objects
	err := r.Get(ctx, &pods, "pods", "--selector", selector)
	return pods.Items, err
}

func (r clusterRun) showStatus(ctx context.Context) error {
	jobs, err := r.jobs(ctx)
	if err != nil {
		return err
	}
	pods, err := r.pods(ctx, "")
	if err != nil {
		return err
	}
	state, _ := jobs[0].jobState()
	fmt.Printf("run %s: %s\n\n", r.where(), state)
	for _, job := range jobs {
		state, why := job.jobState()
		fmt.Printf("%s: %s, %d of %d pods ready", job.Metadata.Name, state, job.Status.Ready, job.Spec.Parallelism)
		if why != "" {
			fmt.Printf(": %s", shown.Line(why))
		}
		fmt.Println()
	}
	fmt.Println()
	fmt.Println(podTable(pods))
	if reasons := podReasons(pods); reasons != "" {
		fmt.Println(reasons)
	}
	return r.showProgress(ctx, pods)
}

func podTable(pods []object) string {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Options = table.OptionsNoBordersAndSeparators
	t.AppendHeader(table.Row{"pod", "node", "state", "ready"})
	for _, p := range pods {
		state, _ := p.podState()
		ready := "no"
		if p.ready() {
			ready = "yes"
		}
		t.AppendRow(table.Row{p.Metadata.Name, p.Spec.NodeName, state, ready})
	}
	if width := screen.Width(os.Stdout); width > 0 {
		t.Style().Size.WidthMax = width
	}
	return t.Render()
}

// podReasons are the sentences that say why pods are as they are, a line each. They stand below the table, where none is cut.
func podReasons(pods []object) string {
	var out strings.Builder
	for _, p := range pods {
		if _, why := p.podState(); why != "" {
			fmt.Fprintf(&out, "\n%s: %s", p.Metadata.Name, shown.Line(why))
		}
	}
	return out.String()
}

// leader is the pod that has the run.
func leader(pods []object) (object, bool) {
	i := slices.IndexFunc(pods, func(p object) bool { return p.component() == "coordinator" && p.ready() })
	if i < 0 {
		return object{}, false
	}
	return pods[i], true
}

// showProgress shows what the run does, as the coordinator's pod says by `ringmaster status`; where
// that cannot be had, the last lines that it printed.
func (r clusterRun) showProgress(ctx context.Context, pods []object) error {
	pod, ok := leader(pods)
	if !ok {
		return nil
	}
	if s, err := r.askStatus(ctx, pod); err == nil {
		fmt.Println()
		return status.Write(os.Stdout, s, screen.Width(os.Stdout))
	}
	var out bytes.Buffer
	if err := r.Run(ctx, nil, &out, "logs", pod.Metadata.Name, "--container", "coordinator", "--tail", "3"); err != nil {
		return err
	}
	for line := range strings.Lines(out.String()) {
		fmt.Println(shown.Line(strings.TrimSpace(line)))
	}
	return nil
}

// Where the coordinator's image has the program, and its volume the run directories.
const (
	programInImage = "/usr/local/bin/ringmaster"
	runsInPod      = "/run/ringmaster"
)

// askStatus asks the coordinator's pod for the run's status document.
func (r clusterRun) askStatus(ctx context.Context, pod object) (status.Run, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	var out bytes.Buffer
	err := r.Run(ctx, nil, &out, "exec", pod.Metadata.Name, "--container", "coordinator", "--", programInImage, "status", "--json", "--runs", runsInPod)
	if err != nil {
		return status.Run{}, err
	}
	d, err := status.Decode(out.Bytes(), pod.Metadata.Name)
	if err == nil && d.Run == nil {
		err = status.ErrNoDocument
	}
	if err != nil {
		return status.Run{}, err
	}
	return *d.Run, nil
}
