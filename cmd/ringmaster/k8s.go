package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"ringmaster/deploy"
	"ringmaster/deploy/kubectl"
)

func k8sCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "k8s",
		Short: "Run on a Kubernetes cluster",
		Long: `Submits runs to the cluster of kubectl's current context, and looks after them there. Each of
these commands can be done with kubectl alone; docs/kubernetes.md says how.`,
	}
	c.AddCommand(k8sSubmitCommand(), k8sStatusCommand(), k8sLogsCommand(), k8sScaleCommand(), k8sRollCommand(), k8sFetchCommand(), k8sDeleteCommand())
	return c
}

// clusterRun is a run by its name and namespace.
type clusterRun struct {
	kubectl.Client
	name string
}

// selector finds all objects of the run.
func (r clusterRun) selector() string {
	return "app.kubernetes.io/name=ringmaster,app.kubernetes.io/instance=" + r.name
}

func (r clusterRun) selectorOf(component string) string {
	return r.selector() + ",app.kubernetes.io/component=" + component
}

// where names the run for a person.
func (r clusterRun) where() string {
	if r.Namespace == "" {
		return r.name
	}
	return r.name + " in namespace " + r.Namespace
}

func namespaceFlag(c *cobra.Command, namespace *string) {
	c.Flags().StringVarP(namespace, "namespace", "n", "", "namespace; default: that of kubectl's context")
}

// namedRun is the run that a command's first argument names.
func namedRun(name, namespace string) (clusterRun, error) {
	if err := deploy.CheckName(name); err != nil {
		return clusterRun{}, fmt.Errorf("%w: %w", errUsage, err)
	}
	return clusterRun{kubectl.Client{Namespace: namespace}, name}, nil
}
