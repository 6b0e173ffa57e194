package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"ringmaster/cachedir"
	"ringmaster/config"
	"ringmaster/coordinator/job"
)

func configCommand() *cobra.Command {
	c := &cobra.Command{Use: "config", Short: "Write, check and explain run files"}
	c.AddCommand(configValidateCommand(), configInitCommand(), configShowCommand(), configSchemaCommand())
	return c
}

func configValidateCommand() *cobra.Command {
	var set []string
	c := &cobra.Command{
		Use:   "validate FILE.yaml",
		Short: "Check a run file, its corpora and its models, and list all problems, without starting a run",
		Long: `Reads the run file and opens its corpora, models, tokenizers and teachers as train does.
It reports the same errors that train would report before its first step.`,
		Example: "  ringmaster config validate examples/sample.yaml",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			run, err := loadRun(args[0], set)
			if err == nil {
				err = fetchInputs(c.Context(), run, showFetched)
			}
			if err != nil {
				return err
			}
			if err := checkRun(c.Context(), run); err != nil {
				return err
			}
			fmt.Printf("%s is valid\n", args[0])
			return nil
		},
	}
	c.Flags().StringArrayVar(&set, "set", nil, "set a key of the run file (may be repeated)")
	return c
}

// checkRun reports the errors that train reports before its first step.
func checkRun(ctx context.Context, run *config.Run) error {
	cache, err := cachedir.Dir()
	if err != nil {
		return err
	}
	return job.Check(ctx, run, cache)
}

func configShowCommand() *cobra.Command {
	var set []string
	c := &cobra.Command{
		Use:     "show FILE.yaml",
		Short:   "Print a run file with all defaults filled in",
		Example: "  ringmaster config show examples/sample.yaml --set train.lr=3e-5",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			run, err := loadRun(args[0], set)
			if err != nil {
				return err
			}
			return run.Write(os.Stdout)
		},
	}
	c.Flags().StringArrayVar(&set, "set", nil, "set a key of the run file (may be repeated)")
	return c
}

func configSchemaCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "schema",
		Short:   "List every key of a run file: type, default, meaning",
		Example: "  ringmaster config schema",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			keys := config.Schema()
			if asJSON {
				return json.NewEncoder(os.Stdout).Encode(keys)
			}
			w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
			for _, k := range keys {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", k.Key, k.Type, k.Default, k.Meaning)
			}
			return w.Flush()
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}
