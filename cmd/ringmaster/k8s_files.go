package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"ringmaster/cmd/version"
	"ringmaster/deploy"
	"ringmaster/deploy/kubectl"
	"ringmaster/run/inputs"
	"ringmaster/sleep"
)

const (
	// podPatience is how long a pod may take until its container runs: an image may have to be pulled.
	podPatience = 10 * time.Minute
	podPause    = 500 * time.Millisecond
	// fetchHold bounds the life of a pod that only gives files.
	fetchHold = "2h"
)

// errNoPod: no pod of the run came to run.
var errNoPod = errors.New("no pod runs")

func k8sFetchCommand() *cobra.Command {
	var namespace, out, image string
	var checkpoints bool
	c := &cobra.Command{
		Use:   "fetch NAME",
		Short: "Fetch the result of a run from the cluster",
		Long: `Copies model, scores, predictions and the record of a run to this machine, each file verified by its
checksum. It takes them from the coordinator's pod, or, when that has ended, from the run's volume
by a pod that is removed afterwards. What is here already is not fetched again.`,
		Example: "  ringmaster k8s fetch sample\n  ringmaster k8s fetch sample --out results/sample --checkpoints",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			r, err := namedRun(args[0], namespace)
			if err != nil {
				return err
			}
			return r.fetch(c.Context(), cmp.Or(out, filepath.Join("runs", r.name)), image, checkpoints)
		},
	}
	namespaceFlag(c, &namespace)
	c.Flags().StringVar(&out, "out", "", "folder for the files; default: runs/NAME")
	c.Flags().StringVar(&image, "coordinator-image", "", "image of the pod that gives the files; default: that of the run's coordinator")
	c.Flags().BoolVar(&checkpoints, "checkpoints", false, "fetch the checkpoints too")
	return c
}

// inPod is the command that runs ringmaster in a pod.
func (r clusterRun) inPod(pod string, args ...string) []string {
	return r.Command(append([]string{"exec", "--stdin", pod, "--container", "coordinator", "--", programInImage}, args...)...)
}

// sendInputs sends the run's files to a coordinator's pod, which waits for them.
func (r clusterRun) sendInputs(ctx context.Context, bundle *inputs.Bundle) error {
	pod, err := r.awaitPod(ctx, "coordinator")
	if err != nil {
		return err
	}
	return push(ctx, bundle, r.inPod(pod.Metadata.Name, "files", "receive", deploy.InputDir))
}

// awaitPod waits until a pod of a component runs.
func (r clusterRun) awaitPod(ctx context.Context, component string) (object, error) {
	told := ""
	for until := time.Now().Add(podPatience); ; {
		pods, err := r.pods(ctx, component)
		if err != nil {
			return object{}, err
		}
		if i := slices.IndexFunc(pods, object.running); i >= 0 {
			return pods[i], nil
		}
		state, why := "not there yet", ""
		if len(pods) > 0 {
			state, why = pods[0].podState()
		}
		if time.Now().After(until) {
			return object{}, fmt.Errorf("%w of %s after %s: the first is %s (%s)", errNoPod, r.where(), podPatience, state, why)
		}
		if state != told {
			fmt.Printf("waiting for a pod: %s\n", state)
			told = state
		}
		if err := sleep.For(ctx, podPause); err != nil {
			return object{}, err
		}
	}
}

func (r clusterRun) fetch(ctx context.Context, dir, image string, checkpoints bool) (err error) {
	pods, err := r.pods(ctx, "coordinator")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(pods, object.running)
	if i < 0 {
		if pods, err = r.startFetchPod(ctx, image); err != nil {
			return err
		}
		i = 0
		defer func() { // also when ctx has ended
			err = errors.Join(err, r.Run(context.WithoutCancel(ctx), nil, &bytes.Buffer{}, "delete", "pod", pods[0].Metadata.Name, "--wait=false"))
		}()
	}
	args := []string{"files", "serve", deploy.RunDir(pods[i].Metadata.Namespace, r.name)}
	if checkpoints {
		args = append(args, "--checkpoints")
	}
	return pull(ctx, dir, true, r.inPod(pods[i].Metadata.Name, args...))
}

// startFetchPod starts a pod that has the run's volume, and does nothing else.
func (r clusterRun) startFetchPod(ctx context.Context, image string) ([]object, error) {
	var volume object
	err := r.Get(ctx, &volume, "persistentvolumeclaim", r.name+"-run")
	if errors.Is(err, kubectl.ErrNotFound) {
		return nil, badInput(fmt.Errorf("there is no volume of a run %s", r.where()))
	}
	if err != nil {
		return nil, err
	}
	if image == "" {
		if image, err = r.coordinatorImage(ctx); err != nil {
			return nil, err
		}
	}
	manifest, err := json.Marshal(deploy.FetchPod(r.name, image, fetchHold))
	if err != nil {
		return nil, err
	}
	if err := r.Apply(ctx, manifest, &bytes.Buffer{}); err != nil {
		return nil, err
	}
	pod, err := r.awaitPod(ctx, "fetch")
	return []object{pod}, err
}

// coordinatorImage is the image that the run's coordinator has, or had.
func (r clusterRun) coordinatorImage(ctx context.Context) (string, error) {
	var jobs objects
	if err := r.Get(ctx, &jobs, "jobs", "--selector", r.selectorOf("coordinator")); err != nil {
		return "", err
	}
	for _, job := range jobs.Items {
		for _, c := range job.Spec.Template.Spec.Containers {
			return c.Image, nil
		}
	}
	return "ringmaster-coordinator:" + version.Number, nil
}
