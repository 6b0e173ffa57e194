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
	var flags exportFlags
	c := &cobra.Command{
		Use:   "split FILE.yaml --out DIR",
		Short: "Write training, validation and test files as a run would split them",
		Long: `Writes each corpus of a run file as the run would use it: cleaned, without duplicates, limited, and
split into TASK.train, TASK.valid and TASK.test, with the columns of text and class (and of split.group, if
rows are split by it). A run file of the same name is written to the same folder. It trains on the same rows
in the same parts.`,
		Example: `  ringmaster data split examples/sample.yaml --out parts
  ringmaster data split examples/sample.yaml --task empathy --set tasks.empathy.data.split.seed=7 --format jsonl --out parts`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return flags.export(c.Context(), args[0], func(dir, baseDir string, form export.Form, task config.Task) (config.Data, *data.Corpus, error) {
				corpus, err := data.Load(c.Context(), baseDir, task)
				if err != nil {
					return config.Data{}, nil, badInput(err)
				}
				declared, err := export.Parts(dir, form, corpus)
				if err != nil {
					return config.Data{}, nil, err
				}
				declared.Split.Seed = task.Data.Split.Seed
				if flags.asJSON {
					return declared, corpus, json.NewEncoder(os.Stdout).Encode(corpus.Report)
				}
				_, err = fmt.Print(shownOn(os.Stdout, corpus.Report.String()))
				return declared, corpus, err
			})
		},
	}
	flags.add(c, "split")
	return c
}
