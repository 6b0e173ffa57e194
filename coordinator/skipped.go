package coordinator

import (
	"fmt"

	"ringmaster/config"
	"ringmaster/coordinator/progress"
	"ringmaster/run/directory"
)

// skipped counts the steps of a stage that were not finite and were passed over.
type skipped struct {
	steps, inARow int
	first         int  // step of the row under way
	known         bool // what was skipped before is counted, also by a coordinator before this one
}

// alwaysSkipped is how many steps may be skipped whatever share of a short stage they are.
const alwaysSkipped = 5

// add counts a step, skipped or not.
func (s *skipped) add(step int, skip bool) {
	switch {
	case !skip:
		s.inARow = 0
		return
	case s.inARow == 0:
		s.first = step
	}
	s.steps++
	s.inARow++
}

// tooMany says why a run that has skipped so much ends; empty while it may go on.
func (s *skipped) tooMany(t config.Train, units int) string {
	if most := t.MaxSkippedInARow; most > 0 && s.inARow >= most {
		return fmt.Sprintf("%d steps in a row, from step %d, were not finite and were skipped (train.max_skipped_in_a_row)", s.inARow, s.first)
	}
	if s.steps > alwaysSkipped && float64(s.steps) > t.MaxSkipped*float64(units) {
		return fmt.Sprintf("%d of the stage's %d steps were not finite and were skipped, more than %g%% (train.max_skipped)", s.steps, units, 100*t.MaxSkipped)
	}
	return ""
}

// calmer is what to try when training diverged.
const calmer = "lower train.lr, lengthen train.warmup, or clip gradients (train.clip_norm)"

// count takes in a step that is about to be committed, and notes the stage's count in its line.
func (s *skipped) count(l directory.Layout, e *directory.Event) error {
	if !s.known {
		if err := s.recount(l, e.Stage, e.Step); err != nil {
			return err
		}
	}
	s.add(e.Step, e.Skipped)
	e.SkippedSteps = s.steps
	return nil
}

// recount counts what the log has of a stage before a step.
func (s *skipped) recount(l directory.Layout, stage string, before int) error {
	*s = skipped{known: true}
	if before == 0 {
		return nil
	}
	_, err := l.ReadEvents(func(e directory.Event) error {
		if e.Stage == stage && e.Step < before {
			s.add(e.Step, e.Skipped)
		}
		return nil
	})
	return err
}

// diverging is the error that ends a run with too many skipped steps; nil while it may go on.
func (s *skipped) diverging(t config.Train, e directory.Event) error {
	why := s.tooMany(t, e.Total)
	if why == "" {
		return nil
	}
	return fmt.Errorf("%s: %w: %s; the last is step %d, at a learning rate of %g: %s", e.Stage, ErrDiverging, why, e.Step, e.LR, calmer)
}

// skippedSteps counts the skipped steps of a run's stages, of those that have any.
func skippedSteps(run *config.Run, l directory.Layout) (all []progress.Skipped, err error) {
	if run.Train.NotFinite != config.SkipNotFinite {
		return nil, nil
	}
	_, err = l.ReadEvents(func(e directory.Event) error {
		if !e.Skipped {
			return nil
		}
		if n := len(all); n == 0 || all[n-1].Stage != e.Stage {
			all = append(all, progress.Skipped{Stage: e.Stage, Of: e.Total})
		}
		all[len(all)-1].Steps++
		return nil
	})
	return all, err
}
