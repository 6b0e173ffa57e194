package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"ringmaster/cachedir"
	"ringmaster/coordinator/curve"
	"ringmaster/coordinator/job"
)

// curves has the flags of `bench curve`.
type curves struct {
	workers     []int
	textsEach   int
	rows        []string
	prepareUpTo string
	out         string
	runFile     string
	steps       int
}

// The curves that `bench curve` can measure.
const (
	workersCurve = "workers"
	rowsCurve    = "rows"
	dealCurve    = "deal"
)

func benchCurveCommand() *cobra.Command {
	var s curves
	c := &cobra.Command{
		Use:   "curve [workers|rows|deal]...",
		Short: "Measure how the coordinator's own work grows with workers and training rows",
		Long: `Measures the coordinator's own work, without workers or network, and prints a table. By
default workers and rows are measured, in a few minutes, and deal where --run names a run file.

workers   microseconds of one global step: to draw the batch, to share it out to the ranks by
          length, and the state machine (signs of life and reports of all workers, commit, next deal)
rows      milliseconds of processor time from nothing to the first step's plan, and the memory of its
          index (the order of the rows); and for a synthetic corpus of so many rows, which is written
          for it: MiB of the file, seconds from there to the examples of the first step with an empty
          cache, the process's memory at most, and what a prepared run keeps of it
deal      how equal the work of the ranks is in the steps of --run: the slowest rank's cost divided by
          the mean rank's, with texts dealt evenly and dealt by length as a run does, and the slowest
          rank's cost by length divided by that of an even deal

Times are processor time of one thread, the least of several rounds; other load on the machine
changes them little. Preparing a run takes all cores, and its seconds are on the clock.
With --out DIR each curve is also written there as CURVE.csv and CURVE.svg.`,
		Example: `  ringmaster bench curve
  ringmaster bench curve workers --workers 1,100,10000 --out curves
  ringmaster bench curve rows --rows 1k,1M,10M --prepare-up-to 10M
  ringmaster bench curve deal --run examples/newsemp-kd.yaml --workers 2,4,8,16`,
		ValidArgs: []string{workersCurve, rowsCurve, dealCurve},
		Args:      cobra.OnlyValidArgs,
		RunE: func(c *cobra.Command, wanted []string) error {
			if len(wanted) == 0 {
				wanted = []string{workersCurve, rowsCurve}
				if s.runFile != "" {
					wanted = append(wanted, dealCurve)
				}
			}
			return benchCurve(c, s, wanted)
		},
	}
	f := c.Flags()
	f.IntSliceVar(&s.workers, "workers", []int{1, 10, 100, 1000, 10000}, "numbers of workers")
	f.IntVar(&s.textsEach, "texts", 8, "texts of the global batch for each worker")
	f.StringSliceVar(&s.rows, "rows", []string{"1k", "10k", "100k", "1M", "10M"}, "numbers of training rows")
	f.StringVar(&s.prepareUpTo, "prepare-up-to", "1M", "prepare a run of up to so many rows (10M: some 4 GB of disk, and ten minutes)")
	f.StringVar(&s.runFile, "run", "", "run file whose steps the curve deal looks at")
	f.IntVar(&s.steps, "steps", 200, "how many steps of the run the curve deal looks at, from the first")
	f.StringVar(&s.out, "out", "", "also write a CSV file and a picture (SVG) of each curve to this folder")
	return c
}

func benchCurve(c *cobra.Command, s curves, wanted []string) error {
	rows, prepareUpTo, err := s.check()
	if err != nil {
		return fmt.Errorf("%w: %w; see `%s --help`", errUsage, err, c.CommandPath())
	}
	if s.out != "" {
		if err := os.MkdirAll(s.out, 0o755); err != nil {
			return fmt.Errorf("create the folder of --out: %w", err)
		}
	}
	if slices.Contains(wanted, dealCurve) && s.runFile == "" {
		return fmt.Errorf("%w: the curve deal is of a run: name its file with --run; see `%s --help`", errUsage, c.CommandPath())
	}
	for _, name := range []string{workersCurve, rowsCurve, dealCurve} {
		if !slices.Contains(wanted, name) {
			continue
		}
		var t curveTable
		switch name {
		case workersCurve:
			t, err = measureWorkers(c, s)
		case rowsCurve:
			t, err = measureRows(c, rows, prepareUpTo)
		case dealCurve:
			t, err = measureDeal(c, s)
		}
		if len(t.rows) > 0 { // those before an error too
			_, unsaid := fmt.Fprintf(c.OutOrStdout(), "%s\n\n%s\n\n", t.title, t.text())
			err = errors.Join(err, unsaid)
		}
		if err != nil {
			return err
		}
		if s.out == "" {
			continue
		}
		if err := t.write(filepath.Join(s.out, name)); err != nil {
			return err
		}
		fmt.Fprintf(c.ErrOrStderr(), "written: %s.csv and .svg\n", filepath.Join(s.out, name))
	}
	return nil
}

// check reads the flags and refuses what cannot be measured.
func (s curves) check() (rows []int, prepareUpTo int, err error) {
	const mostWorkers, mostTexts, mostRows = 100_000, 1024, 1_000_000_000
	for _, n := range s.workers {
		if n < 1 || n > mostWorkers {
			return nil, 0, fmt.Errorf("--workers must be 1 to %d each, not %d", mostWorkers, n)
		}
	}
	if s.textsEach < 1 || s.textsEach > mostTexts {
		return nil, 0, fmt.Errorf("--texts must be 1 to %d, not %d", mostTexts, s.textsEach)
	}
	if s.steps < 1 {
		return nil, 0, fmt.Errorf("--steps must be at least 1, not %d", s.steps)
	}
	for _, text := range s.rows {
		n, err := countOf("--rows", text)
		if err == nil && n > mostRows {
			err = fmt.Errorf("--rows must be at most %d each, not %s", mostRows, text)
		}
		if err != nil {
			return nil, 0, err
		}
		rows = append(rows, n)
	}
	prepareUpTo, err = countOf("--prepare-up-to", s.prepareUpTo)
	return rows, prepareUpTo, err
}

func measureWorkers(c *cobra.Command, s curves) (curveTable, error) {
	t := curveTable{
		title:   "one global step on the coordinator",
		columns: []string{"workers", "batch", "plan_us", "deal_us", "core_us"},
		lines:   []int{2, 3, 4}, y: "µs of processor time per step",
	}
	for i, n := range s.workers {
		if err := c.Context().Err(); err != nil {
			return t, err
		}
		fmt.Fprintf(c.ErrOrStderr(), "workers: %d (%d of %d)\n", n, i+1, len(s.workers))
		r, err := curve.Workers(c.Context(), n, s.textsEach)
		if err != nil {
			return t, err
		}
		t.rows = append(t.rows, []float64{
			float64(r.Workers), float64(r.Batch), r.Plan.Seconds() * 1e6, r.Deal.Seconds() * 1e6, r.Core.Seconds() * 1e6,
		})
	}
	return t, nil
}

func measureRows(c *cobra.Command, rows []int, prepareUpTo int) (curveTable, error) {
	const mib = 1 << 20
	t := curveTable{
		title:   "training rows on the coordinator (0 is not measured)",
		columns: []string{"rows", "first_plan_ms", "index_MiB", "file_MiB", "prepare_s", "peak_MiB", "held_MiB"},
		lines:   []int{2, 3, 4, 5, 6}, y: "s, MiB",
	}
	const batch = 32
	for i, n := range rows {
		if err := c.Context().Err(); err != nil {
			return t, err
		}
		fmt.Fprintf(c.ErrOrStderr(), "rows: %d (%d of %d)\n", n, i+1, len(rows))
		r, err := curve.Rows(c.Context(), n, batch, n <= prepareUpTo)
		if err != nil {
			return t, err
		}
		p := r.Prepared
		if p == nil {
			p = &curve.Prepared{}
		}
		t.rows = append(t.rows, []float64{
			float64(r.Rows), r.Plan.Seconds() * 1e3, float64(r.Index) / mib,
			float64(p.File) / mib, p.Took.Seconds(), float64(p.Peak) / mib, float64(p.Holds) / mib,
		})
	}
	return t, nil
}

func measureDeal(c *cobra.Command, s curves) (curveTable, error) {
	t := curveTable{
		title:   "the ranks' work in the steps of " + s.runFile,
		columns: []string{"workers", "even_slowest_by_mean", "slowest_by_mean", "slowest_by_even_slowest"},
		lines:   []int{1, 2, 3}, y: "slowest rank's cost, relative",
	}
	run, err := loadRun(s.runFile, nil)
	if err == nil {
		err = fetchInputs(c.Context(), run, showFetched)
	}
	if err != nil {
		return t, err
	}
	cache, err := cachedir.Dir()
	if err != nil {
		return t, err
	}
	j, err := job.New(c.Context(), run, cache, func(format string, args ...any) {
		fmt.Fprintf(c.ErrOrStderr(), format+"\n", args...)
	})
	if err != nil {
		return t, err
	}
	for i, n := range s.workers {
		fmt.Fprintf(c.ErrOrStderr(), "deal: %d workers (%d of %d)\n", n, i+1, len(s.workers))
		r, err := curve.Deal(c.Context(), j, n, s.steps)
		if err != nil {
			return t, err
		}
		t.rows = append(t.rows, []float64{float64(r.Workers), r.Even, r.ByLength, r.Slowest})
	}
	return t, nil
}
