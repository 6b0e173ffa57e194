package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"ringmaster/config"
	"ringmaster/deploy"
	"ringmaster/deploy/kubectl"
	"ringmaster/run/credentials"
	"ringmaster/run/inputs"
	"ringmaster/shown"
)

// mostWorkers is how many workers a run in a cluster takes where its file sets no
// cluster.max_workers: whoever scales it up wants no spares.
const mostWorkers = 1024

// mostGPUs is far more than a node has.
const mostGPUs = 1000

// submission is what k8s submit was asked for.
type submission struct {
	deploy.Run
	set    []string
	dryRun bool
}

func k8sSubmitCommand() *cobra.Command {
	var s submission
	c := &cobra.Command{
		Use:   "submit FILE.yaml",
		Short: "Start a run on the cluster",
		Long: `Checks the run file, its corpora and its models on this machine, as config validate does, and
starts the run on the cluster: a coordinator with a volume for the run directory, and workers.
The files that the run reads are sent along.

With --dry-run it prints the objects for kubectl apply -f and touches no cluster. They hold the
run's seed and token.

A run that was deleted without its volume is resumed when it is submitted again under its name.`,
		Example: `  ringmaster k8s submit examples/sample.yaml --workers 3
  ringmaster k8s submit my.yaml -n team --workers 2 --gpus 8 --dry-run`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return s.submit(c.Context(), args[0]) },
	}
	f := c.Flags()
	namespaceFlag(c, &s.Namespace)
	f.StringVar(&s.Name, "name", "", "name of the run; default: the run file's")
	f.IntVar(&s.Workers, "workers", 0, "number of workers; default: as in the run file, or 3")
	f.IntVar(&s.GPUs, "gpus", 0, "GPUs of each worker, one worker a node")
	f.StringVar(&s.CPU, "cpu", "", "CPUs of each worker, for example 4 (default: 2)")
	f.StringVar(&s.Memory, "memory", "", "memory of each worker, for example 8Gi (default: 4Gi)")
	f.BoolVar(&s.Small, "small", false, "take little of everything, for a cluster on one machine")
	f.StringVar(&s.Storage, "storage", "", "size of the run's volume (default: 10Gi)")
	f.StringVar(&s.StorageClass, "storage-class", "", "storage class of the run's volume; default: the cluster's")
	f.StringVar(&s.CoordinatorImage, "coordinator-image", "", "image of the coordinator")
	f.StringVar(&s.WorkerImage, "worker-image", "", "image of the workers")
	f.StringVar(&s.PriorityClass, "priority-class", "", "priority class of the pods")
	f.StringVar(&s.Queue, "queue", "", "local queue of Kueue that admits the run")
	f.StringVar(&s.NATS, "nats", "", "URL of a NATS server that is in the cluster already; default: one in the coordinator")
	f.StringArrayVar(&s.set, "set", nil, "set a key of the run file (may be repeated)")
	f.BoolVar(&s.dryRun, "dry-run", false, "print the objects and touch no cluster")
	return c
}

func (s *submission) submit(ctx context.Context, file string) error {
	run, err := s.load(file)
	if err != nil {
		return err
	}
	if err := checkRun(ctx, run); err != nil {
		return err
	}
	bundle, err := inputs.Of(run)
	if err != nil {
		return badInput(err)
	}
	var text bytes.Buffer
	if err := bundle.WriteRun(&text); err != nil {
		return err
	}
	s.Name = cmp.Or(s.Name, deploy.NameFor(file))
	secrets := credentials.New()
	s.RunFile, s.Workers, s.MinWorkers, s.Seed, s.Token = text.Bytes(), run.Cluster.Workers, run.Cluster.MinWorkers, secrets.Seed(), secrets.Token().Text()
	manifest, err := s.render(ctx)
	if err != nil {
		return err
	}
	if s.dryRun {
		if len(bundle.Files()) > 0 {
			fmt.Fprintf(os.Stderr, "the coordinator waits for the %d files (%s) that the run reads; send them with\n  ringmaster files push %s -- kubectl exec -i POD -- ringmaster files receive %s\n",
				len(bundle.Files()), megabytes(bundle.Bytes()), shown.ShellWord(file), deploy.InputDir)
		}
		_, err := os.Stdout.Write(manifest)
		return err
	}
	return s.start(ctx, manifest, bundle)
}

// load reads the run file as the coordinator in the cluster is to have it.
func (s *submission) load(file string) (*config.Run, error) {
	flags := map[string]string{}
	if s.Workers != 0 {
		flags["cluster.workers"] = fmt.Sprint(s.Workers)
	}
	if s.NATS != "" {
		flags["cluster.nats"] = s.NATS
	}
	run, err := config.Load(file, config.LoadOptions{Set: s.set, Flags: flags, Notice: notice})
	if err != nil {
		return nil, err
	}
	run.Cluster.Workers = cmp.Or(run.Cluster.Workers, 3)
	if run.Cluster.MaxWorkers == 0 {
		run.Cluster.MaxWorkers = max(mostWorkers, run.Cluster.Workers)
	}
	if run.Cluster.NATS != "embedded" {
		s.NATS = run.Cluster.NATS
	}
	if s.GPUs > mostGPUs {
		return nil, fmt.Errorf("%w: --gpus %d is more than a node has: at most %d", errUsage, s.GPUs, mostGPUs)
	}
	if s.GPUs > 0 && run.Device == "auto" {
		run.Device = devices(s.GPUs)
	}
	return run, nil
}

// devices names all of a worker's GPUs.
func devices(n int) string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("cuda:%d", i)
	}
	return strings.Join(names, ",")
}

func (s *submission) render(ctx context.Context) (manifest []byte, err error) {
	dir, err := os.MkdirTemp("", "ringmaster-k8s-*")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := s.Write(dir); err != nil {
		return nil, badInput(err)
	}
	return kubectl.Client{}.Render(ctx, dir+"/run")
}

// start creates the run's objects, unless there is a run of that name, and sends its files.
func (s *submission) start(ctx context.Context, manifest []byte, bundle *inputs.Bundle) error {
	r := clusterRun{kubectl.Client{Namespace: s.Namespace}, s.Name}
	var jobs objects
	if err := r.Get(ctx, &jobs, "jobs", "--selector", r.selector()); err != nil {
		return err
	}
	if len(jobs.Items) > 0 {
		return badInput(fmt.Errorf("there is a run %s already: delete it (ringmaster k8s delete %s), or give this one another --name", r.where(), s.Name))
	}
	if err := r.Apply(ctx, manifest, os.Stdout); err != nil {
		return err
	}
	if len(bundle.Files()) > 0 {
		if err := r.sendInputs(ctx, bundle); err != nil {
			return fmt.Errorf("the run %s waits for its files, which could not be sent: %w", r.where(), err)
		}
	}
	fmt.Printf("run %s is submitted; watch it with\n  ringmaster k8s status %s%s\n", r.where(), s.Name, s.inNamespace())
	return nil
}

func (s *submission) inNamespace() string {
	if s.Namespace == "" {
		return ""
	}
	return " -n " + s.Namespace
}
