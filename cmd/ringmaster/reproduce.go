package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ringmaster/config"
	"ringmaster/coordinator"
	"ringmaster/coordinator/progress"
	"ringmaster/coordinator/rundir"
	"ringmaster/reproduce"
	"ringmaster/reproduce/experiments"
)

// reproduceFlags are what a person says of an experiment.
type reproduceFlags struct {
	run                      runFlags
	file, dir, published     string
	rows                     []string
	seeds                    int
	resplit, keepModels      bool
	scoreAll                 bool
	vectors                  string
	try, baselineTry         []string
	baselineSet              []string
	list, dryRun, jsonResult bool
}

func reproduceCommand() *cobra.Command {
	var f reproduceFlags
	c := &cobra.Command{
		Use:   "reproduce [NAME]",
		Short: "Run the paper's experiments on your data, over several seeds",
		Long: `Runs every system of a table of "Distilling Knowledge for Empathy Detection" on the data
and encoder of a run file, over several seeds, and makes a table with deviations, intervals
and corrected p-values. The run file declares the target task and, where you have them,
tasks named sentiment and emotion; its method does not count. --list tells the tables.
domain-adaptation wants a source beside the target (source: NAME) and makes a row for each
task that is marked as text to pretrain on (pretrain: true), which is done once for all seeds.

Teachers are trained once for all rows and seeds. A run that was cut short goes on where it
stopped: what is finished is in RUNS/cells, and is never computed again. The table so far
is in DIR/table.md at any time, and ` + "`ringmaster report DIR`" + ` makes a page of it.`,
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
				return fmt.Errorf("%w: name an experiment; `%s --list` tells which there are", errUsage, c.CommandPath())
			}
			return reproduceTable(c.Context(), args[0], f)
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.file, "file", "", "the base run file; without it the project's example, where there is one")
	flags.IntVar(&f.seeds, "seeds", 5, "how many seeds: of new heads, order and dropout")
	flags.StringSliceVar(&f.rows, "rows", nil, "rows or families of rows, as single,mt,kd-annealed-both; without it all")
	flags.StringArrayVar(&f.run.set, "set", nil, "set a key of the base run file, as in --set tasks.emotion.data.limit=2000 (may be repeated)")
	flags.StringArrayVar(&f.try, "try", nil, "try several values, as in --try train.lr=2e-5,5e-5, and take the best by F1 on validation rows (may be repeated)")
	flags.StringVar(&f.vectors, "vectors", "train", "the baselines' word vectors: a file in GloVe's text format, or train")
	flags.StringArrayVar(&f.baselineSet, "baseline-set", nil, "set a key for baselines alone; by default "+strings.Join(experiments.Numbers(), " and "))
	flags.StringArrayVar(&f.baselineTry, "baseline-try", nil, "as --try, for baselines")
	flags.BoolVar(&f.resplit, "resplit", false, "divide the target's corpus anew for every seed")
	flags.StringVar(&f.published, "published", "", "CSV file with the paper's numbers: experiment,row,f1 (percent)")
	flags.StringVar(&f.run.runs, "runs", "runs", "where cells, and teachers shared by runs, are kept")
	flags.StringVar(&f.dir, "dir", "", "the experiment's directory; empty is RUNS/reproduce-NAME")
	flags.IntVar(&f.run.workers, "workers", 0, "how many workers take part in each run; 0 takes what the run file says, or what the machine has")
	flags.StringVar(&f.run.device, "device", "", "auto, cpu, cuda[:N] or several in place of what the run file says")
	flags.BoolVar(&f.scoreAll, "score-all", false, "score every task's rows, not the target's alone")
	flags.BoolVar(&f.keepModels, "keep-models", false, "keep every cell's student; without it only scores, predictions and logs stay")
	flags.BoolVar(&f.list, "list", false, "list the experiments and their rows")
	flags.BoolVar(&f.dryRun, "dry-run", false, "check everything and list the cells, but compute none")
	flags.BoolVar(&f.jsonResult, "json", false, "the result as JSON at the end, progress on standard error")
	return c
}

// reproduceTable plans, runs and shows an experiment.
func reproduceTable(ctx context.Context, name string, f reproduceFlags) (err error) {
	out := io.Writer(os.Stdout)
	if f.jsonResult {
		out = os.Stderr
	}
	notify := func(format string, args ...any) { fmt.Fprintf(out, format+"\n", args...) }
	o, err := f.options(name, notify)
	if err != nil {
		return err
	}
	plan, err := reproduce.NewPlan(ctx, o)
	if err != nil {
		return err
	}
	if f.dryRun {
		return plan.Describe(os.Stdout)
	}
	failed := plan.Run(ctx)
	if errors.Is(failed, coordinator.ErrStopped) {
		failed = fmt.Errorf("%w; the same command goes on from here", failed)
	}
	return errors.Join(failed, showResult(o.Dir, f.jsonResult))
}

// options makes a plan's options of the flags.
func (f reproduceFlags) options(name string, notify func(string, ...any)) (o reproduce.Options, err error) {
	table, err := experiments.Find(name)
	if err != nil {
		return o, err
	}
	if f.file == "" {
		if _, err := os.Stat(table.Example); err != nil {
			return o, fmt.Errorf("%w: say which run file to start from with --file; the project's %s shows what it looks like", errUsage, table.Example)
		}
		f.file = table.Example
	}
	if f.vectors != "train" { // from here, not from the run file's folder
		if f.vectors, err = filepath.Abs(f.vectors); err != nil {
			return o, err
		}
	}
	if f.dir == "" {
		f.dir = filepath.Join(f.run.runs, "reproduce-"+name)
	}
	o = reproduce.Options{
		File: f.file, Make: experiments.Options{Vectors: f.vectors, Baseline: f.baselineSet},
		Seeds: f.seeds, Resplit: f.resplit, KeepModels: f.keepModels, Runs: f.run.runs, Dir: f.dir, Notify: notify,
	}
	o.Load = func(set ...string) (*config.Run, error) {
		run := f.run
		run.set = append(append([]string{}, f.run.set...), set...)
		return run.load(f.file)
	}
	base, err := o.Load()
	if err != nil {
		return o, err
	}
	if table, err = table.For(base); err != nil {
		return o, err
	}
	if o.Table, err = table.Pick(f.rows); err != nil {
		return o, err
	}
	if o.Choices, err = reproduce.Choices(f.try); err != nil {
		return o, err
	}
	if o.BaselineChoices, err = reproduce.Choices(f.baselineTry); err != nil {
		return o, err
	}
	if f.published != "" {
		if o.Published, err = experiments.ReadPublished(f.published); err != nil {
			return o, err
		}
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return o, err
	}
	once := onceEach(notify)
	o.Prepare = func(ctx context.Context, run *config.Run) (*coordinator.Job, error) {
		return coordinator.NewJob(ctx, run, filepath.Join(cache, "ringmaster"), once)
	}
	program, err := workerProgram()
	if err != nil {
		return o, err
	}
	o.Engine = engine(program, f)
	return o, nil
}

// onceEach passes on each corpus's report once: rows share corpora. A report is a line
// and those that are indented under it.
func onceEach(notify coordinator.Notify) coordinator.Notify {
	told, again := map[string]bool{}, false
	return func(format string, args ...any) {
		line := fmt.Sprintf(format, args...)
		if !strings.HasPrefix(line, " ") {
			again = told[line]
			told[line] = true
		}
		if !again {
			notify("%s", line)
		}
	}
}

// engine carries a job out with workers on this machine.
func engine(program string, f reproduceFlags) func(context.Context, *coordinator.Job, *rundir.Dir, bool) error {
	return func(ctx context.Context, job *coordinator.Job, dir *rundir.Dir, resume bool) (err error) {
		log, err := openRunLog(dir.Layout)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, log.Close()) }()
		out := os.Stdout
		if f.jsonResult {
			out = os.Stderr
		}
		o := progress.ForFile(out, time.Now)
		o.Aside = log
		show := progress.New(out, o)
		defer func() { err = errors.Join(err, show.Close()) }()
		_, err = coordinator.Run(ctx, job, coordinator.Options{
			Name: dir.Token(), Dir: dir, Resume: resume, TeacherDir: filepath.Join(f.run.runs, "teachers"),
			Workers: job.Run.Cluster.Workers, LocalProgram: program, Host: "127.0.0.1", Port: -1,
			TargetOnly: !f.scoreAll, Report: show, Log: textLog(log),
		})
		if err != nil && !errors.Is(err, coordinator.ErrStopped) {
			err = fmt.Errorf("%w\nthe run's logs are in %s", err, dir.Layout)
		}
		return err
	}
}

// showResult prints what is done of an experiment.
func showResult(dir string, asJSON bool) error {
	result, err := reproduce.Read(dir)
	if err != nil {
		return err
	}
	if err := result.WriteTables(dir); err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(os.Stdout).Encode(result)
	}
	pretraining := ""
	if len(result.Pretrainings) > 0 {
		pretraining = fmt.Sprintf("%s\n\n%s\n\n", result.PretrainingsTable(reproduce.Terminal), reproduce.PretrainingsCaption)
	}
	_, err = fmt.Printf("\n%s (%s)\n%s\n\n%s\n\n%s%s\n\n%s\n\ntable   %s\nreport  %s report %s\n",
		result.Title, result.Paper, result.Caption(), result.RowsTable(reproduce.Terminal), pretraining,
		result.ComparisonsTable(reproduce.Terminal), result.ComparisonsCaption(), reproduce.TableFile(dir), os.Args[0], dir)
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
