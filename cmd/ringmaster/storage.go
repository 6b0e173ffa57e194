package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ringmaster/config"
	"ringmaster/coordinator"
	"ringmaster/run/bucket"
	"ringmaster/run/directory"
	"ringmaster/run/mirror"
)

// openMirror is the copy that a run keeps in a bucket; nil where the run file asks for none.
func openMirror(run *config.Run, dir directory.Layout, say func(string, ...any)) (*mirror.Mirror, error) {
	if run.Storage.URL == "" {
		return nil, nil
	}
	at, err := config.ParseS3(run.Storage.URL)
	if err != nil {
		return nil, err
	}
	store, err := bucket.Open(run.Storage)
	if err != nil {
		return nil, err
	}
	return mirror.New(mirror.Options{
		Store: store, At: at.Below(dir.Token()), Dir: dir, Teachers: teachersBeside(dir), Notify: say,
	}), nil
}

// restore brings a run that is to be resumed back from the bucket, where the disk has none. It
// gives the address that it came from; empty: it was here, or is nowhere.
func (f *runFlags) restore(ctx context.Context, m *mirror.Mirror, say func(string, ...any)) (from string, err error) {
	if m == nil || !f.resume && !f.supervised {
		return "", nil
	}
	tell := rarely(say)
	restored, err := m.Restore(ctx, func(here, all int64) { tell("restoring "+m.String(), here, all) })
	if err != nil || !restored {
		return "", err
	}
	say("the run was restored from %s", m)
	return m.String(), nil
}

// checkFree makes sure that a new run does not take the place of another in the bucket.
func checkFree(ctx context.Context, m *mirror.Mirror) error {
	if m == nil {
		return nil
	}
	holds, err := m.Holds(ctx)
	if err == nil && holds {
		err = fmt.Errorf("%s: %w: resume it with --resume, or give another --run-dir or storage.url", m, mirror.ErrHoldsRun)
	}
	return err
}

// stopTime is how long the copying of a run's last state may take when the run was told to stop.
const stopTime = 20 * time.Second

// finishMirror brings the copy up to date at the end of a run, of which ran is the error: it comes
// first. A run that was not begun has nothing to copy; one that was finished before may have.
func finishMirror(ctx context.Context, m *mirror.Mirror, dir directory.Layout, ran error, say func(string, ...any)) error {
	if m == nil {
		return ran
	}
	over := ran == nil || errors.Is(ran, coordinator.ErrFinished)
	if !over && errors.Is(ran, coordinator.ErrNotBegun) {
		m.Stop()
		return ran
	}
	ctx = context.WithoutCancel(ctx) // it has ended where the run was stopped
	if !over {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, stopTime)
		defer cancel()
	}
	tell := rarely(say)
	err := m.Finish(ctx, func(sent, all int64) { tell("copying the run to "+m.String(), sent, all) })
	switch {
	case err == nil:
		say("the run is in %s", m)
	case over:
		err = fmt.Errorf("%w; the run is finished, and its result is in %s: repeat the command with --run-dir %s --resume to copy it", err, dir, dir)
	}
	return errors.Join(ran, err)
}
