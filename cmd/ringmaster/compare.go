package main

import (
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"ringmaster/reproduce"
	"ringmaster/reproduce/experiments"
)

// compareFlags are what a person says of a comparison of methods.
type compareFlags struct {
	tableFlags
	methods []string
	each    bool
}

func compareCommand() *cobra.Command {
	var f compareFlags
	c := &cobra.Command{
		Use:   "compare FILE",
		Short: "Compare methods on your own tasks, over several seeds",
		Long: `Runs several methods on the tasks of a run file, over several seeds, and makes a table with
deviations, intervals and corrected p-values: is distillation better here than multi-task
learning, and than the target alone? The run file's method does not count, and its tasks may
have any names: mt, kd and kd-annealed learn all of them; --each adds a row for each task beside
the target. cnn, lstm, bilstm and convlstm are baselines over whole words.

Teachers are trained once for all rows and seeds. A run that was cut short goes on where it
stopped: what is finished is in RUNS/cells, and is never computed again. The table so far
is in DIR/table.md at any time, and ` + "`ringmaster report DIR`" + ` makes a page of it.`,
		Example: `  ringmaster compare my.yaml --methods single,mt,kd-annealed --seeds 5
  ringmaster compare my.yaml --each --try train.lr=2e-5,5e-5
  ringmaster compare my.yaml --methods single,cnn --vectors glove.6B.100d.txt --dry-run`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return f.makeTable(c.Context(), func(o *reproduce.Options) error { return f.options(args[0], o) })
		},
	}
	c.Flags().StringSliceVar(&f.methods, "methods", nil, "methods to compare, of "+strings.Join(experiments.Systems(), ", ")+
		"; without it single, mt, kd and kd-annealed, as far as the tasks allow")
	c.Flags().BoolVar(&f.each, "each", false, "a row for each task beside the target too, learnt with the target alone")
	f.add(c.Flags(), "RUNS/compare-FILE")
	return c
}

// options makes a plan's options of the flags.
func (f *compareFlags) options(file string, o *reproduce.Options) error {
	name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	base, err := f.from(file, "compare-"+name, o)
	if err != nil {
		return err
	}
	o.Table, err = experiments.Comparison(base, f.methods, f.each)
	return err
}
