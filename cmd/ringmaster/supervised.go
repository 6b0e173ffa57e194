package main

import (
	"context"
	"errors"
	"time"

	"ringmaster/config"
	"ringmaster/coordinator"
	"ringmaster/coordinator/progress"
	"ringmaster/run/directory"
	"ringmaster/sleep"
)

// lookAgain is the pause between two looks whether another coordinator still has the run.
const lookAgain = 100 * time.Millisecond

// checkSupervised says what --supervised cannot go with.
func (f *runFlags) checkSupervised() error {
	switch {
	case !f.supervised:
		return nil
	case f.runDir == "":
		return badInput(errors.New("--supervised needs --run-dir DIR, where a coordinator that is started again finds the run"))
	case f.resume:
		return badInput(errors.New("--supervised finds out by itself whether there is a run to resume: leave --resume out"))
	}
	return nil
}

// openDir opens the run directory. Under a supervisor it finds out whether there is a run to resume.
// restored is where the run was brought from just now; empty: it was here, or is nowhere.
func (f *runFlags) openDir(ctx context.Context, file string, run *config.Run, restored string, show *progress.Reporter) (dir *directory.Dir, err error) {
	if !f.supervised {
		return f.openRunDir(file, run, restored)
	}
	dir, f.resume, err = f.takeOver(ctx, run, restored, func(why error) { show.Note("standing by: %v", why) })
	return dir, err
}

// takeOver resumes the run that is in --run-dir, or begins one, and waits while another
// coordinator has it. waiting is told once who that is.
func (f *runFlags) takeOver(ctx context.Context, run *config.Run, restored string, waiting func(why error)) (dir *directory.Dir, resumed bool, err error) {
	for told := false; ; {
		if resumed, err = directory.Layout(f.runDir).HoldsRun(); err != nil {
			return nil, false, err
		}
		if resumed {
			dir, err = resumeRunDir(f.runDir, run, restored)
		} else {
			dir, err = directory.Create(f.runDir)
		}
		switch {
		case errors.Is(err, directory.ErrHoldsRun): // begun since we looked
		case !errors.Is(err, directory.ErrInUse):
			return dir, resumed, err
		case !told:
			waiting(err)
			told = true
		}
		if sleep.For(ctx, lookAgain) != nil {
			return nil, false, coordinator.ErrStopped
		}
	}
}
