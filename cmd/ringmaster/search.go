package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ringmaster/coordinator/job"
	"ringmaster/errkind"
	"ringmaster/reproduce"
	"ringmaster/reproduce/search"
	"ringmaster/run/directory"
	"ringmaster/screen"
)

// searchFlags are the flags of search.
type searchFlags struct {
	tableFlags
	space          []string
	trials         int
	draw           uint64
	halving, rungs int
	budget         string
}

func searchCommand() *cobra.Command {
	var f searchFlags
	c := &cobra.Command{
		Use:   "search FILE",
		Short: "Search hyperparameters: draw settings, train them, choose by validation rows",
		Long: `Draws settings of the named keys, trains the run file with each, and chooses the one with the best score on the
target's validation rows: F1, of kind labels micro F1, of kind ordered quadratic kappa, of kind value Pearson's r; with several
seeds their mean. Other tasks do not count. Test rows are scored for the chosen setting alone, once, after the choice.

--space names a key and its values: KEY=16,32 or KEY=loguniform(1e-5,1e-3), uniform(A,B), int(A,B), logint(A,B).
Without --halving every trial is trained for the whole length (random search). With --halving 3 the first rung
trains all trials for a part of it, and one in three goes on to a rung three times as long (successive halving);
each rung trains anew, with the schedules of its own length.

The same command resumes an interrupted search: finished trials are kept in RUNS/cells and are not trained again, and
a greater --trials goes on where it was. The current table is in DIR/table.md at any time; the winner's resolved run
file is DIR/winner.yaml. Teachers keep the epochs, batch, learning rate and seed of the run file.`,
		Example: `  ringmaster search my.yaml --space 'train.lr=loguniform(1e-5,1e-3)' --space train.batch=16,32 --trials 12
  ringmaster search my.yaml --space 'train.lr=loguniform(1e-5,1e-3)' --space method=single,kd-annealed --trials 27 --halving 3 --budget 2h
  ringmaster search my.yaml --space train.lr=2e-5,5e-5,1e-4 --seeds 3 --dry-run`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return f.run(c.Context(), args[0]) },
	}
	flags := c.Flags()
	flags.StringArrayVar(&f.space, "space", nil, "a key to search and its values, for example 'train.lr=loguniform(1e-5,1e-3)' or train.batch=16,32 (may be repeated)")
	flags.IntVar(&f.trials, "trials", 20, "number of settings to draw")
	flags.Uint64Var(&f.draw, "draw-seed", 1, "seed of the draws")
	flags.IntVar(&f.halving, "halving", 0, "successive halving: one in so many trials goes on to the next rung; 0: random search")
	flags.IntVar(&f.rungs, "rungs", 3, "maximum number of rungs of --halving")
	flags.StringVar(&f.budget, "budget", "", "what the search may cost, kept trials included: training time (2h30m) or steps of students (20000steps); default: no limit")
	flags.IntVar(&f.seeds, "seeds", 1, "seeds of each trial, whose mean is its score")
	flags.StringArrayVar(&f.tableFlags.run.set, "set", nil, "set a key of the run file (may be repeated)")
	flags.StringVar(&f.tableFlags.run.runs, "runs", "runs", "folder for cells and shared teachers")
	flags.StringVar(&f.dir, "dir", "", "directory of the search; default: RUNS/search-FILE")
	flags.IntVar(&f.tableFlags.run.workers, "workers", 0, "number of workers in each run; 0: as in the run file, or one per two cores")
	flags.StringVar(&f.tableFlags.run.device, "device", "", "auto, cpu, cuda[:N] or several; overrides the run file")
	flags.BoolVar(&f.dryRun, "dry-run", false, "check everything and list the trials, without training")
	flags.BoolVar(&f.jsonResult, "json", false, "print the result as JSON at the end, and progress to standard error")
	return c
}

func (f *searchFlags) run(ctx context.Context, file string) error {
	o, err := f.options(file)
	if err != nil {
		return err
	}
	s, err := reproduce.NewSearch(ctx, o)
	if err != nil {
		return err
	}
	if f.dryRun {
		return s.Describe(os.Stdout)
	}
	return carryOutMany(ctx, "trials", s.Run, func() error { return f.showSearch(o.Dir) })
}

// options derives a search's options from the flags.
func (f *searchFlags) options(file string) (o reproduce.SearchOptions, err error) {
	name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	f.vectors = "train"
	var table reproduce.Options
	if _, err := f.from(file, "search-"+name, &table); err != nil {
		return o, err
	}
	o = reproduce.SearchOptions{
		Load: table.Load, File: file, Trials: f.trials, Draw: f.draw, Halving: f.halving, Rungs: f.rungs, Seeds: f.seeds,
		Runs: table.Runs, Dir: table.Dir, Prepare: table.Prepare, Notify: table.Notify,
	}
	if o.Space, err = search.ParseSpace(f.space); err != nil {
		return o, badInput(err)
	}
	if o.Budget, err = parseBudget(f.budget); err != nil {
		return o, err
	}
	program, err := workerProgram()
	if err != nil {
		return o, err
	}
	o.Engine = func(ctx context.Context, job *job.Job, dir *directory.Dir, resume, test bool) error {
		err := f.engineOf(program, !test)(ctx, job, dir, resume)
		if diverged(err) {
			err = errkind.Mark(err, reproduce.ErrDiverged)
		}
		return err
	}
	return o, nil
}

// parseBudget reads --budget: a time, or a number of steps.
func parseBudget(text string) (b reproduce.Budget, err error) {
	if text == "" {
		return b, nil
	}
	if steps, is := strings.CutSuffix(text, "steps"); is {
		b.Steps, err = strconv.Atoi(strings.TrimSpace(steps))
	} else {
		b.Time, err = time.ParseDuration(text)
	}
	if err != nil || b.Steps < 1 && b.Time <= 0 {
		return b, fmt.Errorf("%w: --budget %s is neither a time (2h30m) nor a number of steps (20000steps)", errUsage, text)
	}
	return b, nil
}

// showSearch prints the table as far as it came.
func (f *searchFlags) showSearch(dir string) error {
	record, err := reproduce.ReadSearch(dir)
	if errors.Is(err, reproduce.ErrNoRecord) {
		return nil // no trial was finished
	}
	if err != nil {
		return err
	}
	if f.jsonResult {
		return json.NewEncoder(os.Stdout).Encode(record)
	}
	width, isTerminal := screen.TerminalWidth(os.Stdout)
	caption := record.Caption()
	if isTerminal {
		caption = screen.Wrap(caption, width, "")
	}
	text := fmt.Sprintf("\n%s\n\n%s\n\ntable   %s\n", caption, record.Table().Render(width), reproduce.TableFile(dir))
	if record.Winner != nil {
		text += fmt.Sprintf("winner  %s\nstudent %s\n", filepath.Join(dir, reproduce.WinnerFile), filepath.Join(dir, record.Winner.Cells[0], "model"))
	}
	_, err = fmt.Print(text)
	return err
}
