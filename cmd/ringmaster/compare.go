package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"ringmaster/reproduce"
	"ringmaster/reproduce/experiments"
)

// compareFlags are the flags of compare.
type compareFlags struct {
	tableFlags
	methods []string
	each    bool
	folds   int
	// trainRows are numbers of the target's training rows, of a learning curve.
	trainRows []int
}

func compareCommand() *cobra.Command {
	var f compareFlags
	c := &cobra.Command{
		Use:   "compare FILE",
		Short: "Compare methods on your own tasks, over several seeds",
		Long: `Trains the tasks of a run file with several methods and seeds, and writes a table with standard
deviations, confidence intervals and corrected p-values. It answers whether distillation is better
on this data than multi-task learning, and than training on the target alone. The run file's
method is ignored, and its tasks may have any names. mt, kd and kd-annealed train on all tasks;
--each adds a row for each auxiliary task with the target. cnn, lstm, bilstm and convlstm are
word-level baselines.

With --folds K, or split.folds in the run file, it is a cross-validation: the target's rows are divided into K folds, and each
run tests on another one. --seeds is then how often that is repeated, each time with another division, 1 by default. Predictions of
every row are put together in DIR/predictions-ROW.jsonl.

With --train-rows 200,500,1500 it is a learning curve: the comparison is made with each of these numbers of the target's training
rows, and DIR/curve.svg shows the score over them. With --resplit each seed draws rows of its own; where the run file gives a test file, all
are tested on the same rows.

Teachers are trained once and shared by all rows and seeds. The same command resumes an interrupted
comparison: finished cells are kept in RUNS/cells and are not computed again. The current table is
in DIR/table.md at any time, and ` + "`ringmaster report DIR`" + ` writes an HTML page of it.`,
		Example: `  ringmaster compare my.yaml --methods single,mt,kd-annealed --seeds 5
  ringmaster compare my.yaml --each --try train.lr=2e-5,5e-5
  ringmaster compare my.yaml --folds 5
  ringmaster compare my.yaml --train-rows 200,500,1500 --resplit --seeds 10
  ringmaster compare my.yaml --methods single,cnn --vectors glove.6B.100d.txt --dry-run`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			repeated := c.Flags().Changed("seeds")
			if len(f.trainRows) > 0 {
				return f.makeCurve(c.Context(), args[0], repeated)
			}
			return f.makeTable(c.Context(), func(o *reproduce.Options) error { return f.options(args[0], repeated, o) })
		},
	}
	c.Flags().StringSliceVar(&f.methods, "methods", nil, "methods to compare, of "+strings.Join(experiments.Systems(), ", ")+
		"; default: single, mt, kd and kd-annealed (without mt for a run file of one task)")
	c.Flags().BoolVar(&f.each, "each", false, "add a row for each auxiliary task, trained together with the target alone")
	c.Flags().IntVar(&f.folds, "folds", 0, "number of folds of a cross-validation; default: split.folds of the target, or none")
	c.Flags().IntSliceVar(&f.trainRows, "train-rows", nil, "a learning curve: compare with each of these numbers of the target's training rows, for example 200,500,1500")
	f.add(c.Flags(), "RUNS/compare-FILE")
	return c
}

// options derives a plan's options from the flags; repeated says that --seeds was given.
func (f *compareFlags) options(file string, repeated bool, o *reproduce.Options) error {
	name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	base, err := f.from(file, "compare-"+name, o)
	if err != nil {
		return err
	}
	if f.folds != 0 && f.folds < 2 {
		return fmt.Errorf("%w: --folds must be at least 2, but is %d", errUsage, f.folds)
	}
	o.Folds = f.folds
	if target, ok := base.Target(); ok && o.Folds == 0 {
		o.Folds = target.Data.Split.Folds
	}
	if o.Folds > 0 {
		if !repeated {
			o.Seeds = 1
		}
		if o.Folds > reproduce.MostSeeds || o.Seeds > reproduce.MostSeeds/o.Folds {
			return fmt.Errorf("%w: %d folds times %d are too many runs: at most %d", errUsage, o.Folds, o.Seeds, reproduce.MostSeeds)
		}
		o.Seeds *= o.Folds
	}
	o.Table, err = experiments.Comparison(base, f.methods, f.each)
	return err
}
