package directory

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
)

// lines are those of a log that can be read, whatever stands between them.
type lines struct {
	lines []place
	at    map[place]string // with their newlines
	lost  int              // lines that cannot be read, or do not belong where they stand
}

// steps is how many steps of each stage a log speaks of.
func (l *lines) steps() map[string]int {
	all := map[string]int{}
	for _, p := range l.lines {
		all[p.stage] = max(all[p.stage], p.step+1)
	}
	return all
}

// written is what stands in a log, line by line; a line that cannot be read has step −1.
type written struct {
	places []place
	texts  []string // with their newlines
}

// readWritten reads a log of T whatever stands in it. A last line without its newline is
// none; a log that is not there is empty.
func readWritten[T any](path string) (w written, err error) {
	_, err = eachLine(path, func(_ int, line []byte) error {
		p, err := slow(line)
		if err != nil || p.step < 0 || p.stage == "" || !decodes[T](line) {
			p = place{step: -1}
		}
		w.places, w.texts = append(w.places, p), append(w.texts, string(line))
		return nil
	})
	return w, err
}

// readLines reads both logs, each as far as it can be read.
func (l Layout) readLines() (events, ledger *lines, err error) {
	a, err := readWritten[Event](l.Events())
	if err != nil {
		return nil, nil, err
	}
	b, err := readWritten[LedgerEntry](l.Ledger())
	if err != nil {
		return nil, nil, err
	}
	return a.linesBeside(b), b.linesBeside(a), nil
}

// decodes says whether a line is a whole T: more than its place, which is all that is read of
// most.
func decodes[T any](line []byte) bool {
	var value T
	return json.Unmarshal(line, &value) == nil
}

// linesBeside are the lines that belong where they stand.
func (w written) linesBeside(other written) *lines {
	l := &lines{at: map[place]string{}}
	there := map[place]bool{}
	for _, p := range other.places {
		there[p] = true
	}
	for i, p := range w.places {
		if p.step < 0 || !l.belongs(p, w.places[i+1:], there) {
			l.lost++
			continue
		}
		l.lines, l.at[p] = append(l.lines, p), w.texts[i]
	}
	return l
}

// belongs says whether a line may stand where it does: it goes on with its stage, or begins
// another. One that leaves steps out belongs there when the next one goes on from it or the
// other log has it too, so that a number that was damaged makes no steps that never were.
func (l *lines) belongs(p place, after []place, other map[place]bool) bool {
	if _, again := l.at[p]; again {
		return false
	}
	want := 0
	if n := len(l.lines); n > 0 && l.lines[n-1].stage == p.stage {
		want = l.lines[n-1].step + 1
	} else if slices.ContainsFunc(l.lines, func(q place) bool { return q.stage == p.stage }) {
		return false
	}
	if p.step <= want || other[p] {
		return p.step >= want
	}
	next := slices.IndexFunc(after, func(q place) bool { return q.step >= 0 })
	return next >= 0 && after[next].stage == p.stage && after[next].step-p.step == next+1
}

// merged is every step that either log, or ahead, has, and those before them, stage by stage.
// Logs that have their stages in different orders are ErrDamaged.
func merged(a, b []place, ahead map[string]int) (all []place, err error) {
	steps := map[string]int{}
	var order []string
	for _, log := range [][]place{a, b} {
		at := 0 // where in order the log's next new stage belongs
		for _, p := range log {
			if i := slices.Index(order, p.stage); i < 0 {
				order = slices.Insert(order, at, p.stage)
				at++
			} else if i+1 < at {
				return nil, fmt.Errorf("%w: events.jsonl and ledger.jsonl have %s in different places", ErrDamaged, p.stage)
			} else {
				at = i + 1
			}
			steps[p.stage] = max(steps[p.stage], p.step+1)
		}
	}
	var more []string
	for stage, n := range ahead {
		if !slices.Contains(order, stage) {
			more = append(more, stage)
		}
		steps[stage] = max(steps[stage], n)
	}
	slices.Sort(more) // a run has checkpoints of the stage under way; more than one are of teachers before it
	slices.SortStableFunc(more, func(a, b string) int { return len(b) - len(a) })
	for _, stage := range append(order, more...) {
		for step := range steps[stage] {
			all = append(all, place{stage, step})
		}
	}
	return all, nil
}

// lostLine is the line that stands for a step whose own is lost.
func lostLine(log string, p place) (string, error) {
	var value any = lostEvent{p.stage, p.step, true}
	if log == "ledger.jsonl" {
		value = LedgerEntry{Stage: p.stage, Step: p.step, Lost: true}
	}
	text, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("run directory: %w", err)
	}
	return string(text) + "\n", nil
}

// lostEvent is an Event of which nothing else is known.
type lostEvent struct {
	Stage string `json:"stage"`
	Step  int    `json:"step"`
	Lost  bool   `json:"lost"`
}

func writeText(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

func base(path string) string { return filepath.Base(path) }
