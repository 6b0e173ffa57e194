package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ringmaster/sleep"
)

func k8sRollCommand() *cobra.Command {
	var namespace, image string
	var within time.Duration
	c := &cobra.Command{
		Use:   "roll NAME --worker-image IMAGE",
		Short: "Replace the workers of a run by those of another image, while it trains",
		Long: `Starts as many workers with the new image beside those that are there, waits until they are
ready, and then asks the old ones to leave. The run goes on meanwhile. An image whose workers the
coordinator refuses, or that does not start, takes nobody's place: the old workers stay.

A Job's pods cannot be given another image, so the workers' Job is replaced by another.`,
		Example: "  ringmaster k8s roll sample --worker-image registry.example.com/ringmaster-worker:0.1.1",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			r, err := namedRun(args[0], namespace)
			if err != nil {
				return err
			}
			if image == "" {
				return fmt.Errorf("%w: roll needs --worker-image IMAGE", errUsage)
			}
			return r.roll(c.Context(), image, within)
		},
	}
	namespaceFlag(c, &namespace)
	c.Flags().StringVar(&image, "worker-image", "", "image of the new workers")
	c.Flags().DurationVar(&within, "timeout", 5*time.Minute, "how long the new workers may take until they are ready")
	return c
}

// errRoll: the new workers did not become ready.
var errRoll = errors.New("the new workers are not ready")

// roll starts a second Job of workers beside the first, and ends the first when the second is ready.
func (r clusterRun) roll(ctx context.Context, image string, within time.Duration) error {
	old, err := r.workersJob(ctx)
	if err != nil {
		return err
	}
	var raw map[string]any
	if err := r.Get(ctx, &raw, "job", old.Metadata.Name); err != nil {
		return err
	}
	fresh := rolledName(r.name, old.Metadata.Name)
	manifest, err := rolled(raw, fresh, image)
	if err != nil {
		return err
	}
	if err := r.Apply(ctx, manifest, os.Stdout); err != nil {
		return err
	}
	waiting, stop := context.WithTimeoutCause(ctx, within, errRoll)
	defer stop()
	if err := r.awaitReady(waiting, fresh); err != nil {
		// The old workers are all there; what was begun is taken back.
		undone := r.Run(context.WithoutCancel(ctx), nil, os.Stdout, "delete", "job", fresh)
		return errors.Join(fmt.Errorf("%w; the old ones stay: %w", errRoll, err), undone)
	}
	return r.Run(ctx, nil, os.Stdout, "delete", "job", old.Metadata.Name)
}

// rolledName is NAME-workers-2 after NAME-workers, and so on.
func rolledName(run, old string) string {
	n := 1
	_, _ = fmt.Sscanf(strings.TrimPrefix(old, run+"-workers-"), "%d", &n)
	return fmt.Sprintf("%s-workers-%d", run, n+1)
}

// rolled is a Job like another, under another name and with another image, and without what the
// cluster gave the other.
func rolled(job map[string]any, name, image string) ([]byte, error) {
	var spec struct {
		Metadata struct{ Labels, Annotations map[string]string }
		Spec     map[string]any
	}
	text, err := json.Marshal(job)
	if err == nil {
		err = json.Unmarshal(text, &spec)
	}
	if err != nil {
		return nil, err
	}
	template, _ := spec.Spec["template"].(map[string]any)
	metadata, _ := template["metadata"].(map[string]any)
	labels, _ := metadata["labels"].(map[string]any)
	pods, _ := template["spec"].(map[string]any)
	containers, _ := pods["containers"].([]any)
	if len(containers) == 0 {
		return nil, fmt.Errorf("%w: the Job has no container", errRoll)
	}
	worker, _ := containers[0].(map[string]any)
	worker["image"] = image
	delete(spec.Spec, "selector")
	for _, own := range []string{"controller-uid", "job-name", "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name"} {
		delete(labels, own)
		delete(spec.Metadata.Labels, own)
	}
	for _, own := range []string{"kubectl.kubernetes.io/last-applied-configuration", "batch.kubernetes.io/job-tracking"} {
		delete(spec.Metadata.Annotations, own)
	}
	return json.Marshal(map[string]any{
		"apiVersion": "batch/v1", "kind": "Job", "spec": spec.Spec,
		"metadata": map[string]any{"name": name, "labels": spec.Metadata.Labels, "annotations": spec.Metadata.Annotations},
	})
}

// awaitReady waits until all pods of a Job are ready, and ends early where one has failed.
func (r clusterRun) awaitReady(ctx context.Context, name string) error {
	for {
		var job object
		if err := r.Get(ctx, &job, "job", name); err != nil {
			return err
		}
		state, why := job.jobState()
		switch {
		case state == "failed" || job.Status.Failed > 0:
			return fmt.Errorf("a worker with the new image has ended%s; kubectl logs job/%s says why", before(": ", why), name)
		case job.Status.Ready >= job.Spec.Parallelism || state == "finished":
			return nil
		}
		if err := sleep.For(ctx, time.Second); err != nil {
			return err
		}
	}
}

// before puts a separator before text that is there.
func before(separator, text string) string {
	if text == "" {
		return ""
	}
	return separator + text
}
