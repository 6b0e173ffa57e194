package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"ringmaster/cachedir"
	"ringmaster/config"
	"ringmaster/coordinator"
	"ringmaster/coordinator/job"
	"ringmaster/coordinator/progress"
	"ringmaster/run/directory"
	"ringmaster/run/mirror"
	"ringmaster/screen"
)

// carriedOut is a run that is being carried out.
type carriedOut struct {
	runFlags
	file string
	run  *config.Run
	show *progress.Reporter
	said []string // for the log, before there is one

	mirror *mirror.Mirror // nil: the run is kept in its directory alone
	dir    *directory.Dir
}

// tell shows a line, and keeps it for the log.
func (r *carriedOut) tell(format string, args ...any) {
	r.show.Note(format, args...)
	r.said = append(r.said, fmt.Sprintf(format, args...))
}

// carryOut prepares the job, makes the run directory and runs it.
func carryOut(ctx context.Context, file string, run *config.Run, f runFlags, o coordinator.Options) (err error) {
	began := time.Now()
	show := progress.New(os.Stdout, progress.ForFile(os.Stdout, time.Now))
	defer func() { err = errors.Join(err, show.Close()) }()
	http, err := serveEndpoint(run.Cluster)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, http.close()) }()
	if http.open() {
		show.Note("health, metrics and status at %s", http.url())
	}
	o.Monitor, o.HTTP, o.Grace = http.shows, http.url(), f.grace
	r := &carriedOut{runFlags: f, file: file, run: run, show: show}
	if err := r.awaitInputs(ctx, http.shows.Waits); err != nil {
		return err
	}
	job, err := r.prepare(ctx, o)
	if err != nil {
		return err
	}
	ends := endingOf(ctx)
	if err := ends.begin(); err != nil {
		return err
	}
	if f.supervised {
		http.shows.Waits("standing by: another coordinator has the run directory")
	}
	if err := r.open(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.dir.Close()) }()
	goOn := resumes(os.Args, string(r.dir.Layout))
	ends.goOnWith(goOn)
	logFile, err := openRunLog(r.dir.Layout)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, logFile.Close()) }()
	o.Log = textLog(logFile)
	result, err := r.coordinate(ctx, job, o)
	switch {
	case errors.Is(err, coordinator.ErrFinished) && (f.supervised || r.mirror != nil) && !errors.Is(err, mirror.ErrNotCopied):
		show.Note("%s is finished: nothing is left to do", r.dir.Layout)
		if result, err = r.finished(job); err != nil {
			return err
		}
	case errors.Is(err, coordinator.ErrNotBegun) && !r.resume:
		return errors.Join(err, r.dir.Discard())
	case errors.Is(err, coordinator.ErrStopped):
		return fmt.Errorf("%w; its state is saved in %s; resume with\n  %s", err, r.dir.Layout, goOn)
	case err != nil:
		return fmt.Errorf("%w\nthe run's logs are in %s%s", err, r.dir.Layout, resumable(err, r.dir, goOn))
	}
	return progress.WriteSummary(os.Stdout, progress.Summary{
		Scores: result.Scores, Perplexities: result.Perplexities, Target: job.EvalTask().Name, Head: job.Tasks[job.Target].Name, Pairs: job.EvalTask().Data.TextPair != "", Stages: result.Stages, Fewer: result.Fewer, Skipped: result.Skipped,
		Took: time.Since(began), RunDir: string(r.dir.Layout), Student: result.Model, Program: os.Args[0], Width: screen.Width(os.Stdout),
	})
}

// prepare checks what can be checked before anything is made, and reads corpora and models.
func (r *carriedOut) prepare(ctx context.Context, o coordinator.Options) (_ *job.Job, err error) {
	if r.runDir != "" {
		if r.mirror, err = openMirror(r.run, directory.Layout(r.runDir), r.tell); err != nil {
			return nil, err
		}
	}
	if err := r.checkResume(ctx, r.mirror); err != nil { // before corpora are read for nothing
		return nil, err
	}
	if !r.resume && !r.supervised { // a run that is resumed may know its port
		if err := errors.Join(coordinator.CheckListen(r.run.Cluster, o.Host, o.Port), checkFree(ctx, r.mirror)); err != nil {
			return nil, err
		}
	}
	cache, err := cachedir.Dir()
	if err != nil {
		return nil, err
	}
	if err := fetchInputs(ctx, r.run, r.tell); err != nil {
		return nil, err
	}
	return job.New(ctx, r.run, cache, r.tell)
}

// open makes the run directory, or opens that of the run to resume.
func (r *carriedOut) open(ctx context.Context) (err error) {
	restored, err := r.restore(ctx, r.mirror, r.tell)
	if err != nil {
		return err
	}
	if r.dir, err = r.openDir(ctx, r.file, r.run, restored, r.show); err != nil {
		return err
	}
	if restored != "" {
		err = r.mirror.Restored()
	} else if r.mirror == nil { // the run directory has its name only now
		r.mirror, err = openMirror(r.run, r.dir.Layout, r.tell)
	}
	if err != nil {
		return errors.Join(err, r.dir.Close())
	}
	return nil
}

// coordinate runs the job, and keeps the copy in the bucket up to date.
func (r *carriedOut) coordinate(ctx context.Context, job *job.Job, o coordinator.Options) (coordinator.Result, error) {
	o.Name = r.dir.Token()
	o.Dir, o.Resume, o.Workers, o.Report, o.Trace = r.dir, r.resume, r.run.Cluster.Workers, r.show, r.trace
	o.TeacherDir = teachersBeside(r.dir.Layout)
	o.KeepState, o.KeepWorkers = true, r.supervised
	for _, line := range r.said {
		o.Log.Info("prepared", "note", line)
	}
	r.show.Note("run directory %s", r.dir.Layout)
	if r.mirror != nil {
		r.mirror.Start(context.WithoutCancel(ctx)) // until it is finished
		o.Kept = r.mirror.Nudge
	}
	result, err := coordinator.Run(ctx, job, o)
	return result, finishMirror(ctx, r.mirror, r.dir.Layout, err, r.show.Note)
}

// finished is the result of a run that was finished before.
func (r *carriedOut) finished(job *job.Job) (result coordinator.Result, err error) {
	result.Model = r.dir.Model()
	if job.Masked != nil {
		result.Perplexities, err = r.dir.ReadPerplexities()
	} else {
		result.Scores, err = r.dir.ReadMetrics()
	}
	return result, err
}

// teachersBeside is where runs of a folder keep the teachers that they train.
func teachersBeside(l directory.Layout) string {
	return filepath.Join(filepath.Dir(string(l)), "teachers")
}
