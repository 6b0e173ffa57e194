package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"ringmaster/data/stats"
	"ringmaster/screen"
)

func dataStatsCommand() *cobra.Command {
	var set []string
	var task, plots string
	var phrases int
	var asJSON bool
	c := &cobra.Command{
		Use:   "stats FILE.yaml...",
		Short: "Describe corpora: sizes, lengths, frequent noun phrases, overlaps, plots",
		Long: `Describes the corpora of run files: rows per label; words, sentences and tokens per text; how many texts
are longer than train.max_length; the most frequent noun phrases of four words; texts of one part that are
contained in a text of another part, or nearly equal to one; and texts that occur in two parts or two corpora.

` + stats.Method,
		Example: `  ringmaster data stats examples/sample.yaml
  ringmaster data stats examples/newsemp-kd.yaml --task empathy --plots plots/`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if phrases < 0 {
				return fmt.Errorf("%w: --phrases must not be negative, but is %d", errUsage, phrases)
			}
			if err := checkFolder("--plots", plots); err != nil {
				return err
			}
			var corpora []*stats.Description
			for _, path := range args {
				run, tasks, err := tasksOf(c.Context(), path, task, set)
				if err != nil {
					return err
				}
				options := stats.Options{Phrases: phrases}
				if reads, err := whatTheModelReads(run); err != nil {
					fmt.Fprintf(os.Stderr, "warning: tokens are not counted: %v\n", err)
				} else {
					options.Encoder, options.Positions, options.MaxLength = reads.encoder, reads.positions, run.Train.MaxLength
				}
				for _, t := range tasks {
					if len(args) > 1 { // tasks of several files may have one name
						t.Name = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)) + "." + t.Name
					}
					d, err := stats.Describe(c.Context(), run.BaseDir, t, options)
					if err != nil {
						return badInput(err)
					}
					corpora = append(corpora, d)
				}
			}
			overlaps := stats.Overlaps(corpora...)
			if plots != "" {
				for _, d := range corpora {
					files, err := stats.Plot(plots, d)
					if err != nil {
						return err
					}
					fmt.Fprintln(os.Stderr, "wrote", strings.Join(files, ", "))
				}
			}
			if asJSON {
				return json.NewEncoder(os.Stdout).Encode(map[string]any{
					"corpora": corpora, "overlaps": overlaps, "method": stats.Method,
				})
			}
			width, _ := screen.TerminalWidth(os.Stdout)
			return stats.WriteTables(os.Stdout, width, corpora, overlaps)
		},
	}
	c.Flags().StringArrayVar(&set, "set", nil, "set a key of the run file (may be repeated)")
	c.Flags().StringVar(&task, "task", "", "describe only this task; default: all tasks")
	c.Flags().StringVar(&plots, "plots", "", "plot length distributions to this folder, as SVG and PNG")
	c.Flags().IntVar(&phrases, "phrases", 10, "number of noun phrases to list, for all texts and for each class")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return c
}
