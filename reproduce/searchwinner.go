package reproduce

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"ringmaster/durable"
)

// win records the winner, writes its run file, and scores its students on the test rows: for the first time,
// and once.
func (s *Search) win(ctx context.Context, rung, trial int) error {
	cells, err := s.cells(ctx, rung, trial)
	if err != nil {
		return err
	}
	w := &WinnerRecord{Trial: trial + 1, Rung: rung + 1, Set: s.trials[trial]}
	for _, c := range cells {
		t, err := s.scoreTest(ctx, c)
		if err != nil {
			return fmt.Errorf("%s: %w", c.title, err)
		}
		relative, err := relativeTo(s.o.Dir, c.dir)
		if err != nil {
			return err
		}
		w.Cells = append(w.Cells, relative)
		_, valid := mainOf(t.valid)
		_, test := mainOf(*t.test)
		w.Valid, w.Test = append(w.Valid, valid), append(w.Test, test)
	}
	run, err := s.run(len(s.rungs)-1, trial, 0) // of the whole length, whichever rung came last
	if err != nil {
		return err
	}
	if err := durable.WriteFile(filepath.Join(s.o.Dir, WinnerFile), 0o644, run.Write); err != nil {
		return err
	}
	s.record.Winner = w
	return s.record.write(s.o.Dir)
}

// WinnerFile is the winner's run file in a search's directory, with all its defaults.
const WinnerFile = "winner.yaml"

// scoreTest scores a trial's student on the test rows, unless that was done.
func (s *Search) scoreTest(ctx context.Context, c *cell) (t trialScores, err error) {
	if t, _, err = readTrial(c.dir); err != nil || t.test != nil {
		return t, err
	}
	dir, resume, err := openCell(c.dir, c.job.Run)
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	if !resume {
		return t, fmt.Errorf("%w: %s cannot be resumed; the trial is run again", ErrDamaged, c.dir)
	}
	// Without scores a finished run is scored again.
	if err := os.Rename(dir.Metrics(), validationScores(c.dir)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return t, err
	}
	s.o.Notify("%s won: its test rows are scored, for the first time and once", c.title)
	if err := s.o.Engine(ctx, c.job, dir, true, true); err != nil {
		return t, err
	}
	if t, _, err = readTrial(c.dir); err == nil && t.test == nil {
		err = fmt.Errorf("%w: task %s has no test rows", ErrDamaged, t.Target)
	}
	return t, err
}
