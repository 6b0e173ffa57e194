package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"

	"github.com/spf13/cobra"
)

func k8sLogsCommand() *cobra.Command {
	var namespace string
	var follow, workers bool
	c := &cobra.Command{
		Use:     "logs NAME",
		Short:   "Show what the coordinator of a run prints, or its workers",
		Example: "  ringmaster k8s logs sample --follow\n  ringmaster k8s logs sample --workers",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			r, err := namedRun(args[0], namespace)
			if err != nil {
				return err
			}
			return r.logs(c.Context(), workers, follow)
		},
	}
	namespaceFlag(c, &namespace)
	c.Flags().BoolVarP(&follow, "follow", "f", false, "go on showing what is printed")
	c.Flags().BoolVar(&workers, "workers", false, "of the workers, each line with its pod")
	return c
}

// mostFollowed is how many pods kubectl follows at once; more would be an error.
const mostFollowed = 1000

func (r clusterRun) logs(ctx context.Context, workers, follow bool) error {
	if _, err := r.jobs(ctx); err != nil {
		return err
	}
	component, args := "coordinator", []string{"logs", "--tail", "-1", "--max-log-requests", strconv.Itoa(mostFollowed)}
	if workers {
		component = "worker"
		args = append(args, "--prefix")
	}
	if follow {
		args = append(args, "--follow")
	}
	return r.Run(ctx, nil, os.Stdout, append(args, "--selector", r.selectorOf(component))...)
}

func k8sScaleCommand() *cobra.Command {
	var namespace string
	c := &cobra.Command{
		Use:   "scale NAME WORKERS",
		Short: "Change the number of workers of a run, while it trains",
		Long: `Changes the number of workers of a run. Workers that are added take part from the next step on
that they have the state for; those that are removed finish their step and leave.`,
		Example: "  ringmaster k8s scale sample 5",
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			r, err := namedRun(args[0], namespace)
			if err != nil {
				return err
			}
			n, err := strconv.Atoi(args[1])
			if err != nil || n < 1 {
				return fmt.Errorf("%w: %q is not a number of workers: give 1 or more, or suspend the run", errUsage, args[1])
			}
			return r.scale(c.Context(), n)
		},
	}
	namespaceFlag(c, &namespace)
	return c
}

// scale changes both numbers of the workers' Job at once, as Kubernetes demands of an Indexed Job.
func (r clusterRun) scale(ctx context.Context, n int) error {
	job, err := r.workersJob(ctx)
	if err != nil {
		return err
	}
	patch, err := json.Marshal(map[string]any{"spec": map[string]int{"completions": n, "parallelism": n}})
	if err != nil {
		return err
	}
	return r.Run(ctx, nil, os.Stdout, "patch", "job", job.Metadata.Name, "--type", "merge", "--patch", string(patch))
}

func k8sDeleteCommand() *cobra.Command {
	var namespace string
	var volume bool
	c := &cobra.Command{
		Use:   "delete NAME",
		Short: "End a run and remove it from the cluster",
		Long: `Ends a run and removes its objects, but not the volume with the run directory: fetch still finds
the result there, and submit, with the same name, resumes the run.`,
		Example: "  ringmaster k8s delete sample\n  ringmaster k8s delete sample --volume",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			r, err := namedRun(args[0], namespace)
			if err != nil {
				return err
			}
			kinds := "jobs,pods,services,configmaps,secrets,poddisruptionbudgets,networkpolicies"
			if volume {
				kinds += ",persistentvolumeclaims"
			}
			return r.Run(c.Context(), nil, os.Stdout, "delete", kinds, "--selector", r.selector())
		},
	}
	namespaceFlag(c, &namespace)
	c.Flags().BoolVar(&volume, "volume", false, "remove the volume too: checkpoints and result are lost")
	return c
}
