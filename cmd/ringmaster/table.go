package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"ringmaster/cachedir"
	"ringmaster/config"
	"ringmaster/coordinator"
	"ringmaster/coordinator/job"
	"ringmaster/coordinator/progress"
	"ringmaster/reproduce"
	"ringmaster/reproduce/experiments"
	"ringmaster/run/directory"
	"ringmaster/screen"
)

// tableFlags are the common flags of reproduce and compare.
type tableFlags struct {
	run                 runFlags
	dir                 string
	seeds               int
	resplit, keepModels bool
	scoreAll            bool
	vectors             string
	try, baselineTry    []string
	baselineSet         []string
	dryRun, jsonResult  bool
}

// add declares the flags; dir says where the table is kept by default.
func (f *tableFlags) add(flags *pflag.FlagSet, dir string) {
	flags.IntVar(&f.seeds, "seeds", 5, "number of seeds, for the initial heads, the order of examples and dropout")
	flags.StringArrayVar(&f.run.set, "set", nil, "set a key of the run file, for example --set tasks.emotion.data.limit=2000 (may be repeated)")
	flags.StringArrayVar(&f.try, "try", nil, "try several values, for example --try train.lr=2e-5,5e-5, and keep the one with the best validation F1 (may be repeated)")
	flags.StringVar(&f.vectors, "vectors", "train", "word vectors of the baselines: a file in GloVe's text format, or train")
	flags.StringArrayVar(&f.baselineSet, "baseline-set", nil, "set a key for baselines only; default: "+strings.Join(experiments.Numbers(), " and "))
	flags.StringArrayVar(&f.baselineTry, "baseline-try", nil, "like --try, for baselines only")
	flags.BoolVar(&f.resplit, "resplit", false, "split the target's corpus anew for every seed")
	flags.StringVar(&f.run.runs, "runs", "runs", "folder for cells and shared teachers")
	flags.StringVar(&f.dir, "dir", "", "directory of the table; default: "+dir)
	flags.IntVar(&f.run.workers, "workers", 0, "number of workers in each run; 0: as in the run file, or one per two cores")
	flags.StringVar(&f.run.device, "device", "", "auto, cpu, cuda[:N] or several; overrides the run file")
	flags.BoolVar(&f.scoreAll, "score-all", false, "score all tasks, not only the target")
	flags.BoolVar(&f.keepModels, "keep-models", false, "keep the student of every cell, not only scores, predictions and logs")
	flags.BoolVar(&f.dryRun, "dry-run", false, "check everything and list the cells, without training")
	flags.BoolVar(&f.jsonResult, "json", false, "print the result as JSON at the end, and progress to standard error")
}

// out is where progress is shown.
func (f *tableFlags) out() *os.File {
	if f.jsonResult {
		return os.Stderr
	}
	return os.Stdout
}

// makeTable plans, runs and shows a table; options sets its rows.
func (f *tableFlags) makeTable(ctx context.Context, options func(*reproduce.Options) error) (err error) {
	var o reproduce.Options
	if err := options(&o); err != nil {
		return err
	}
	plan, err := reproduce.NewPlan(ctx, o)
	if err != nil {
		return err
	}
	if f.dryRun {
		return plan.Describe(os.Stdout)
	}
	return carryOutMany(ctx, "cells", plan.Run, func() error { return f.show(o.Dir) })
}

// carryOutMany carries out what consists of many runs, named parts, and shows what came out of it, also where it was stopped.
func carryOutMany(ctx context.Context, parts string, run func(context.Context) error, show func() error) error {
	ends, goOn := endingOf(ctx), repeats(os.Args)
	if err := ends.begin(); err != nil {
		return err
	}
	ends.goOnWith(goOn)
	failed := run(ctx)
	if failed != nil && ctx.Err() != nil && !errors.Is(failed, coordinator.ErrStopped) { // between two runs
		failed = fmt.Errorf("%w: %w", coordinator.ErrStopped, failed)
	}
	if errors.Is(failed, coordinator.ErrStopped) {
		failed = fmt.Errorf("%w; finished %s are kept; resume with the same command:\n  %s", failed, parts, goOn)
	}
	return errors.Join(failed, show())
}

// from sets the options that do not depend on the table, and reads the base run file. name
// is the default of the table's directory.
func (f *tableFlags) from(file, name string, o *reproduce.Options) (base *config.Run, err error) {
	if f.vectors != "train" { // from here, not from the run file's folder
		if f.vectors, err = filepath.Abs(f.vectors); err != nil {
			return nil, err
		}
	}
	for flag, folder := range map[string]string{"--dir": f.dir, "--runs": f.run.runs} {
		if err := checkFolder(flag, folder); err != nil {
			return nil, err
		}
	}
	if f.dir == "" {
		f.dir = filepath.Join(f.run.runs, name)
	}
	notify := func(format string, args ...any) { fmt.Fprintf(f.out(), format+"\n", args...) }
	*o = reproduce.Options{
		File: file, Make: experiments.Options{Vectors: f.vectors, Baseline: f.baselineSet},
		Seeds: f.seeds, Resplit: f.resplit, KeepModels: f.keepModels, Runs: f.run.runs, Dir: f.dir, Notify: notify,
	}
	o.Load = func(set ...string) (*config.Run, error) {
		run := f.run
		run.set = append(append([]string{}, f.run.set...), set...)
		return run.loadHere(file)
	}
	if o.Choices, err = reproduce.Choices(f.try); err != nil {
		return nil, err
	}
	if o.BaselineChoices, err = reproduce.Choices(f.baselineTry); err != nil {
		return nil, err
	}
	cache, err := cachedir.Dir()
	if err != nil {
		return nil, err
	}
	once := onceEach(notify)
	o.Prepare = func(ctx context.Context, run *config.Run) (*job.Job, error) {
		if err := fetchInputs(ctx, run, once); err != nil {
			return nil, err
		}
		return job.New(ctx, run, cache, once)
	}
	program, err := workerProgram()
	if err != nil {
		return nil, err
	}
	o.Engine = f.engine(program)
	return o.Load()
}

// onceEach forwards each corpus's report once, since rows share corpora. A report is a line
// and the indented lines after it.
func onceEach(notify job.Notify) job.Notify {
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

// engine runs a job with workers on this machine.
func (f *tableFlags) engine(program string) func(context.Context, *job.Job, *directory.Dir, bool) error {
	return f.engineOf(program, false)
}

// engineOf is engine, without scores of test rows where noTest is true.
func (f *tableFlags) engineOf(program string, noTest bool) func(context.Context, *job.Job, *directory.Dir, bool) error {
	return func(ctx context.Context, job *job.Job, dir *directory.Dir, resume bool) (err error) {
		log, err := openRunLog(dir.Layout)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, log.Close()) }()
		o := progress.ForFile(f.out(), time.Now)
		o.Aside = log
		show := progress.New(f.out(), o)
		defer func() { err = errors.Join(err, show.Close()) }()
		http, err := serveEndpoint(job.Run.Cluster)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, http.close()) }()
		_, err = coordinator.Run(ctx, job, coordinator.Options{
			Name: dir.Token(), Dir: dir, Resume: resume, TeacherDir: filepath.Join(f.run.runs, "teachers"),
			Workers: job.Run.Cluster.Workers, LocalProgram: program, Host: "127.0.0.1", Port: -1,
			TargetOnly: !f.scoreAll, NoTest: noTest, Monitor: http.shows, HTTP: http.url(), Report: show, Log: textLog(log),
		})
		if err != nil && !errors.Is(err, coordinator.ErrStopped) {
			err = fmt.Errorf("%w\nthe run's logs are in %s", err, dir.Layout)
		}
		return err
	}
}

// show prints the finished part of a table.
func (f *tableFlags) show(dir string) error {
	result, err := reproduce.Read(dir)
	if err != nil {
		return err
	}
	if err := result.WriteTables(dir); err != nil {
		return err
	}
	return f.print(result, func(wrap func(string) string) []string {
		parts := []string{result.Heading(), wrap(result.Caption()), result.RowsTable(reproduce.Terminal)}
		if len(result.Pretrainings) > 0 {
			parts = append(parts, result.PretrainingsTable(reproduce.Terminal), wrap(reproduce.PretrainingsCaption))
		}
		return append(parts, result.ComparisonsTable(reproduce.Terminal), wrap(result.ComparisonsCaption()),
			fmt.Sprintf("table   %s\nreport  %s report %s", reproduce.TableFile(dir), os.Args[0], dir))
	})
}

// print prints a result as JSON where that is asked for, else its parts, whose captions are wrapped on a terminal.
func (f *tableFlags) print(result any, parts func(wrap func(string) string) []string) error {
	if f.jsonResult {
		return json.NewEncoder(os.Stdout).Encode(result)
	}
	wrap := func(caption string) string { return caption }
	if width, is := screen.TerminalWidth(os.Stdout); is {
		wrap = func(caption string) string { return screen.Wrap(caption, width, "") }
	}
	_, err := fmt.Printf("\n%s\n", strings.Join(parts(wrap), "\n\n"))
	return err
}
