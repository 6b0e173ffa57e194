package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/export"
)

func dataSplitCommand() *cobra.Command {
	var set []string
	var task, out, format string
	var asJSON bool
	c := &cobra.Command{
		Use:   "split FILE.yaml --out DIR",
		Short: "Write training, validation and test files as a run would split them",
		Long: `Write each corpus of a run file as the run would see it: cleaned, without duplicates, limited, and
split into TASK.train, TASK.valid and TASK.test, with the columns of text and class. A run file of the
same name lies beside them: it trains on the same rows, in the same parts.`,
		Example: `  ringmaster data split examples/sample.yaml --out parts
  ringmaster data split examples/sample.yaml --task empathy --set tasks.empathy.data.split.seed=7 --format jsonl --out parts`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			run, tasks, err := tasksOf(args[0], task, set)
			if err != nil {
				return err
			}
			return exportCorpora(*run, tasks, args[0], out, func(dir string, task config.Task) (config.Data, error) {
				form, err := export.FormOf(task.Data, config.Format(format))
				if err != nil {
					return config.Data{}, err
				}
				corpus, err := data.Load(c.Context(), run.BaseDir, task)
				if err != nil {
					return config.Data{}, &badInput{err}
				}
				declared, err := export.Parts(dir, form, corpus)
				if err != nil {
					return config.Data{}, err
				}
				declared.Split.Seed = task.Data.Split.Seed
				if asJSON {
					return declared, json.NewEncoder(os.Stdout).Encode(corpus.Report)
				}
				_, err = fmt.Print(&corpus.Report)
				return declared, err
			})
		},
	}
	c.Flags().StringArrayVar(&set, "set", nil, "set a key of the run file (may be repeated)")
	c.Flags().StringVar(&task, "task", "", "split this task's corpus alone; without it all")
	c.Flags().StringVar(&out, "out", "", "new folder to write")
	c.Flags().StringVar(&format, "format", "", "csv, tsv or jsonl; without it as declared")
	c.Flags().BoolVar(&asJSON, "json", false, "one line of JSON a corpus")
	return c
}
