package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/export"
	"ringmaster/durable"
	"ringmaster/screen"
)

func dataCleanCommand() *cobra.Command {
	var flags exportFlags
	c := &cobra.Command{
		Use:   "clean FILE.yaml --out DIR",
		Short: "Write cleaned corpora: without duplicates, with <URL> and <USER>, as declared in data.clean",
		Long: `Writes each corpus of a run file, cleaned as its declaration says (data.clean). The output has the columns
of text and class (and of split.group), in one file, or in TASK.train, TASK.valid and TASK.test for a corpus that
is declared in parts. A run file of the same name is written to the same folder: it splits and trains as the
original, and cleans nothing more. TASK.changes.jsonl lists every changed or dropped row, with file and line.`,
		Example: `  ringmaster data clean examples/sample.yaml --out cleaned
  ringmaster data clean examples/sample.yaml --task emotion --set tasks.emotion.data.clean.users=false --out cleaned`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return flags.export(c.Context(), args[0], func(dir, baseDir string, form export.Form, task config.Task) (config.Data, *data.Corpus, error) {
				corpus, trace, err := data.LoadCleaned(c.Context(), baseDir, task)
				if err != nil {
					return config.Data{}, nil, badInput(err)
				}
				write := export.Parts
				if len(task.Data.Path) > 0 && task.Data.Part == "" {
					write = export.Whole
				}
				declared, err := write(dir, form, corpus)
				if err != nil {
					return config.Data{}, nil, err
				}
				declared.Split, declared.Limit = task.Data.Split, task.Data.Limit
				err = durable.CreateFile(filepath.Join(dir, task.Name+".changes.jsonl"), func(w io.Writer) error {
					return writeChanges(w, trace)
				})
				if err != nil {
					return config.Data{}, nil, err
				}
				return declared, corpus, printCleaning(os.Stdout, corpus, trace, flags.asJSON)
			})
		},
	}
	flags.add(c, "clean")
	return c
}

// writeChanges writes one line for each changed or dropped row.
func writeChanges(w io.Writer, trace *data.Trace) error {
	encode := json.NewEncoder(w)
	encode.SetEscapeHTML(false) // <URL> stays legible
	for _, changed := range trace.Changed {
		changed.Before, changed.After = data.ShownTexts(changed.Before), data.ShownTexts(changed.After)
		if err := encode.Encode(changed); err != nil {
			return err
		}
	}
	for _, left := range trace.LeftOut {
		left.Text = data.ShownTexts(left.Text)
		if err := encode.Encode(left); err != nil {
			return err
		}
	}
	return nil
}

func printCleaning(w io.Writer, corpus *data.Corpus, trace *data.Trace, asJSON bool) error {
	changed, leftOut := trace.Summary()
	kept := corpus.Train.Len() + corpus.Valid.Len() + corpus.Test.Len()
	if asJSON {
		return json.NewEncoder(w).Encode(map[string]any{
			"task": corpus.Task, "read": corpus.Report.Read, "written": kept,
			"texts_changed": len(trace.Changed), "changed": changed, "left_out": leftOut,
		})
	}
	fmt.Fprintf(w, "%s: %s read, %d written, %d dropped; %s changed\n",
		corpus.Task, screen.Count(corpus.Report.Read, "row", "rows"), kept, corpus.Report.Read-kept, screen.Count(len(trace.Changed), "text", "texts"))
	for _, n := range changed {
		fmt.Fprintf(w, "  changed   %s\n", n)
	}
	for _, n := range leftOut {
		fmt.Fprintf(w, "  dropped   %s\n", n)
	}
	return nil
}
