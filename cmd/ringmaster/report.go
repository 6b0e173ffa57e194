package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"ringmaster/reproduce/report"
)

func reportCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "report DIR",
		Short: "Write an HTML and Markdown report of a run or an experiment",
		Long: `Writes DIR/report.html, a self-contained file, and DIR/report.md. DIR is a run directory, or
the directory of a table that reproduce or compare wrote. The report lists the differences from
the paper, and shows tables, curves, confusion matrices, and the worst misclassified texts,
which are read from the corpora that config.yaml declares. What cannot be read is listed in the
report and printed as a warning.`,
		Example: `  ringmaster report runs/20261123-141456-sample
  ringmaster report runs/reproduce-newsemp`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			page, err := report.Of(c.Context(), args[0])
			if err != nil {
				return err
			}
			for _, w := range page.Warnings {
				fmt.Fprintln(os.Stderr, "warning:", w)
			}
			if err := report.WriteFiles(args[0], page); err != nil {
				return err
			}
			html, markdown := report.Files(args[0])
			_, err = fmt.Printf("%s\n%s\n", html, markdown)
			return err
		},
	}
}
