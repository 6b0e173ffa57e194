package directory

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// The two logs are written and cut one after the other, so that at any moment, and after
// any crash, one is a beginning of the other: every step is added to both in the same
// order, by one writer, and a cut only makes a beginning shorter. What stands in both is
// what was committed.

// Committed is how many steps stand in both logs of the last stage that has any, and the
// generation of the last of them; zeros where there is none. It reads both logs, but
// little of each line: a million steps take seconds. Logs neither of which is a
// beginning of the other are ErrDamaged.
func (l Layout) Committed() (stage string, steps int, generation uint64, err error) {
	c, err := l.common()
	if err != nil || c.lines == 0 {
		return "", 0, 0, err
	}
	e, err := l.eventAt(c)
	return c.last.stage, c.last.step + 1, e.Generation, err
}

// LastEvent is the line of the last step that stands in both logs; ok is false where there
// is none.
func (l Layout) LastEvent() (e Event, ok bool, err error) {
	c, err := l.common()
	if err != nil || c.lines == 0 {
		return e, false, err
	}
	e, err = l.eventAt(c)
	return e, err == nil, err
}

// StepsLogged is how many steps of each stage stand in both logs.
func (l Layout) StepsLogged() (map[string]int, error) {
	c, err := l.common()
	return c.steps, err
}

// common is what two logs have in common.
type common struct {
	lines int
	last  place // the last line's
	// began and events are where the last line begins and ends in events.jsonl; ledger is
	// where it ends in ledger.jsonl.
	began, events, ledger int64
	// steps is how many steps of each stage stand in both; over is how many lines the ledger
	// has more, two of them at most, or the events, which are written behind it: then it is 2.
	steps map[string]int
	over  int
}

// common reads both logs side by side.
func (l Layout) common() (c common, err error) {
	events, err := openPlaces(l.Events())
	if err != nil {
		return c, err
	}
	ledger, err := openPlaces(l.Ledger())
	if err != nil {
		return c, errors.Join(err, events.close())
	}
	defer func() { err = errors.Join(err, events.close(), ledger.close()) }()
	c.steps = map[string]int{}
	for {
		began := events.end
		e, atEvent := events.next()
		g, atEntry := ledger.next()
		switch {
		case errors.Is(atEvent, io.EOF) && errors.Is(atEntry, io.EOF):
			return c, nil
		case errors.Is(atEvent, io.EOF):
			c.over, err = ledger.more(atEntry)
			return c, err
		case errors.Is(atEntry, io.EOF):
			if n, err := events.more(atEvent); n > 0 || err != nil {
				c.over = 2
				return c, err
			}
			return c, nil
		}
		if err := errors.Join(atEvent, atEntry); err != nil {
			return c, err
		}
		if e != g {
			return c, fmt.Errorf("%s: %w: line %d is %v in events.jsonl and %v in ledger.jsonl", l, ErrDamaged, c.lines+1, e, g)
		}
		if want := c.following(e.stage); e.step != want {
			return c, fmt.Errorf("%s: %w: line %d of both logs is %v, but step %d is expected", l, ErrDamaged, c.lines+1, e, want)
		}
		c = common{lines: c.lines + 1, last: e, began: began, events: events.end, ledger: ledger.end, steps: c.steps}
		c.steps[e.stage] = e.step + 1
	}
}

// following is the step that a next line of a stage has.
func (c common) following(stage string) int {
	if c.lines > 0 && c.last.stage == stage {
		return c.last.step + 1
	}
	return 0
}

// eventAt reads the last line that the logs have in common.
func (l Layout) eventAt(c common) (e Event, err error) {
	f, err := os.Open(l.Events())
	if err != nil {
		return e, fmt.Errorf("run directory: %w", err)
	}
	defer f.Close()
	if err := json.NewDecoder(io.NewSectionReader(f, c.began, c.events-c.began)).Decode(&e); err != nil {
		return e, fmt.Errorf("%s, line %d: %w: %w", l.Events(), c.lines, ErrDamaged, err)
	}
	return e, nil
}

// agree cuts each log to what both have.
func (d *Dir) agree() error {
	c, err := d.common()
	if err != nil {
		return err
	}
	return d.cutLogs(c.events, c.ledger)
}

// TruncateTo takes back committed steps: of stage the steps 0..steps-1 stay in both logs,
// and all stages before it; what follows is set aside (events.jsonl.taken-back-1, …), and
// with it the stage's checkpoints of more steps. It returns when that is on the disk. Logs
// that do not reach so far are left alone (ErrTooFar).
//
// The files are cut one after the other. A crash in between leaves the ledger as a
// beginning of the events, and Resume cuts the events too, since only what stands in both
// logs is committed.
func (d *Dir) TruncateTo(stage string, steps int) error {
	events, err := lengthAt(d.Events(), stage, steps)
	if err != nil {
		return err
	}
	ledger, err := lengthAt(d.Ledger(), stage, steps)
	if err != nil {
		return err
	}
	for path, length := range map[string]int64{d.Events(): events, d.Ledger(): ledger} {
		if err := keepTail(path, length); err != nil {
			return err
		}
	}
	if err := d.cutLogs(events, ledger); err != nil {
		return err
	}
	return OpenCheckpoints(d.Checkpoints()).dropAfter(stage, steps)
}

// keepTail copies what stands in a log behind length to a file of its own.
func keepTail(path string, length int64) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("run directory: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Size() <= length {
		return err
	}
	aside, err := asideName(path, takenBackAside)
	if err != nil {
		return err
	}
	return writeFile(aside, 0o644, func(w io.Writer) error {
		_, err := io.Copy(w, io.NewSectionReader(f, length, info.Size()-length))
		return err
	})
}

// cutLogs makes the logs so long, where they are longer.
func (d *Dir) cutLogs(events, ledger int64) error {
	if d.ledger.end() > ledger {
		if err := d.ledger.cut(ledger); err != nil {
			return err
		}
	}
	if d.events.end() > events {
		return d.events.cut(events)
	}
	return nil
}

// lengthAt is how much of the log at path there is up to and with step steps-1 of stage.
func lengthAt(path, stage string, steps int) (int64, error) {
	places, err := openPlaces(path)
	if err != nil {
		return 0, err
	}
	defer places.close()
	for reached := 0; ; {
		before := places.end
		p, err := places.next()
		switch {
		case errors.Is(err, io.EOF) && reached < steps:
			return 0, fmt.Errorf("%s: %w: it has %d steps of %s, not %d", path, ErrTooFar, reached, stage, steps)
		case errors.Is(err, io.EOF):
			return places.end, nil
		case err != nil:
			return 0, err
		case p.stage == stage && p.step >= steps:
			return before, nil
		case p.stage == stage:
			reached = p.step + 1
		case reached > 0 && reached < steps:
			return 0, fmt.Errorf("%s: %w: it has %d steps of %s, not %d", path, ErrTooFar, reached, stage, steps)
		case reached > 0: // a later stage, behind exactly those steps
			return before, nil
		}
	}
}
