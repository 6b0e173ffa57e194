package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"ringmaster/reproduce"
	"ringmaster/reproduce/experiments"
)

// reproduceFlags are the flags of reproduce.
type reproduceFlags struct {
	tableFlags
	file, published string
	rows            []string
	list            bool
}

func reproduceCommand() *cobra.Command {
	var f reproduceFlags
	c := &cobra.Command{
		Use:   "reproduce [NAME]",
		Short: "Run the paper's experiments on your data, over several seeds",
		Long: `Trains every system of a table of "Distilling Knowledge for Empathy Detection" on the data
and encoder of a run file, with several seeds, and writes a table with standard deviations,
confidence intervals and corrected p-values, next to the paper's numbers. The run file declares
the target task and, if you have them, tasks named sentiment and emotion; its method is ignored.
--list lists the tables.

domain-adaptation needs a source task as well as the target (source: NAME). It adds a row for
each task that is marked as text to pretrain on (pretrain: true); the encoder is pretrained once
for all seeds. ` + "`ringmaster compare`" + ` writes such a table for your own tasks, with any names.

Teachers are trained once and shared by all rows and seeds. The same command resumes an interrupted
table: finished cells are kept in RUNS/cells and are not computed again. The current table is in
DIR/table.md at any time, and ` + "`ringmaster report DIR`" + ` writes an HTML page of it.`,
		Example: `  ringmaster reproduce --list
  ringmaster reproduce newsemp --file examples/newsemp-kd.yaml --seeds 5
  ringmaster reproduce newsemp --rows single,mt,kd-annealed --try train.lr=2e-5,5e-5
  ringmaster reproduce twittemp-seeking --file my-twittemp.yaml --workers 2
  ringmaster reproduce domain-adaptation --file examples/domain-adaptation.yaml`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if f.list {
				return listExperiments(os.Stdout)
			}
			if len(args) == 0 {
				return fmt.Errorf("%w: name an experiment; `%s --list` lists them", errUsage, c.CommandPath())
			}
			return f.makeTable(c.Context(), func(o *reproduce.Options) error { return f.options(args[0], o) })
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.file, "file", "", "the base run file; default: the project's example, if it exists")
	flags.StringSliceVar(&f.rows, "rows", nil, "rows or families of rows, such as single,mt,kd-annealed-both; default: all")
	flags.StringVar(&f.published, "published", "", "CSV file with numbers to show instead of the paper's: experiment,row,f1 (percent)")
	flags.BoolVar(&f.list, "list", false, "list the experiments and their rows")
	f.add(flags, "RUNS/reproduce-NAME")
	return c
}

// options derives a plan's options from the flags.
func (f *reproduceFlags) options(name string, o *reproduce.Options) error {
	table, err := experiments.Find(name)
	if err != nil {
		return err
	}
	if f.file == "" {
		if _, err := os.Stat(table.Example); err != nil {
			return fmt.Errorf("%w: name the base run file with --file; for an example see the project's %s", errUsage, table.Example)
		}
		f.file = table.Example
	}
	base, err := f.from(f.file, "reproduce-"+name, o)
	if err != nil {
		return err
	}
	if table, err = table.For(base); err != nil {
		return err
	}
	if o.Table, err = table.Pick(f.rows); err != nil {
		return err
	}
	if f.published != "" {
		o.Published, err = experiments.ReadPublished(f.published)
	}
	return err
}

func listExperiments(w io.Writer) error {
	var b strings.Builder
	for _, t := range experiments.Tables() {
		fmt.Fprintf(&b, "%s  %s: %s (%s)\n", t.Name, t.Paper, t.Title, t.About)
		for _, r := range t.Rows {
			fmt.Fprintf(&b, "    %-22s %s\n", r.Name, r.Title)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
