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
		Short: "Make a page of a run, or of an experiment",
		Long: `Writes DIR/report.html, one file that needs nothing else, and DIR/report.md, of a run
directory or of what reproduce left: what differs from the paper, tables, curves, confusion
matrices, and the texts that went most wrong, read from the corpora that config.yaml
declares. What cannot be read is said there, and here.`,
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
