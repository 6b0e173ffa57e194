package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"ringmaster/run/credentials"
	"ringmaster/shown"
)

func credentialsCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "credentials",
		Short: "Make the credentials of a run before it begins",
		Long: `A coordinator makes credentials for its run by itself. Make them beforehand where coordinator and
workers are started by something else, as by Kubernetes.`,
	}
	c.AddCommand(credentialsNewCommand())
	return c
}

func credentialsNewCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "new DIR",
		Short: "Write a run's seed, for its coordinator, and its token, for its workers",
		Long: `Writes DIR/seed and DIR/token, readable by their owner only.

The seed is for the coordinator alone (--credentials DIR): whoever has it can give orders to the run's
workers. The token is for the workers (--token-file FILE): it admits to the run, and tells a worker
by which key its coordinator is known. Make new ones for every run.`,
		Example: `  ringmaster credentials new secrets
  kubectl create secret generic sample-coordinator --from-file=seed=secrets/seed
  kubectl create secret generic sample-worker --from-file=token=secrets/token`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := credentials.New().Write(args[0]); err != nil {
				return badInput(err)
			}
			fmt.Printf("for the coordinator: %s\nfor the workers: %s\n",
				shown.ShellWord(filepath.Join(args[0], credentials.SeedFile)), shown.ShellWord(filepath.Join(args[0], credentials.TokenFile)))
			return nil
		},
	}
}
