package directory

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ringmaster/run/metrics"
)

// Layout is the path of a run directory; its methods name what lies in it and read it.
type Layout string

// Config is the resolved configuration.
func (l Layout) Config() string { return l.join("config.yaml") }

// Plan is each task's training rows, from which, and the configuration, every step follows.
func (l Layout) Plan() string { return l.join("plan.json") }

// Events is the log of committed steps.
func (l Layout) Events() string { return l.join("events.jsonl") }

// Ledger is the log of examples each rank contributed.
func (l Layout) Ledger() string { return l.join("ledger.jsonl") }

// RecordLog is the coordinator's own record: generations, stages, checkpoints.
func (l Layout) RecordLog() string { return l.join("record.log") }

// ControlFile is where a coordinator that was restarted listens again.
func (l Layout) ControlFile() string { return l.join("control.json") }

// JoinFile is what a person copies to the machine of a worker: where to join, and the token.
func (l Layout) JoinFile() string { return l.join("join") }

// Trace is the timeline that a run leaves when it is asked to.
func (l Layout) Trace() string { return l.join("trace.json") }

// Metrics is the scores.
func (l Layout) Metrics() string { return l.join("metrics.json") }

// Predictions is what the student said of every row that it was scored on.
func (l Layout) Predictions() string { return l.join("predictions.jsonl") }

// Teachers is where teacher logits lie unless a run is told another directory.
func (l Layout) Teachers() string { return l.join("teachers") }

// Checkpoints is the parent of the step-N folders.
func (l Layout) Checkpoints() string { return l.join("checkpoints") }

// Model is the student as a Hugging Face folder.
func (l Layout) Model() string { return l.join("model") }

func (l Layout) lock() string { return l.join("lock") }

func (l Layout) join(name string) string { return filepath.Join(string(l), name) }

// HoldsRun says whether a run was started here: a configuration, a log or a checkpoint is
// present.
func (l Layout) HoldsRun() (bool, error) {
	for _, path := range []string{l.Config(), l.RecordLog(), l.Events(), l.Ledger()} {
		_, err := os.Stat(path)
		if err == nil {
			return true, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return false, fmt.Errorf("run directory: %w", err)
		}
	}
	list, err := OpenCheckpoints(l.Checkpoints()).List()
	return len(list) > 0, err
}

// ReadEvents calls visit with every event, in order. torn says that the log ends in a
// line that is not whole, which was not visited. It stops at visit's first error.
func (l Layout) ReadEvents(visit func(Event) error) (torn bool, err error) {
	return readLog(l.Events(), visit)
}

// ReadLedger calls visit with every entry, as ReadEvents does.
func (l Layout) ReadLedger(visit func(LedgerEntry) error) (torn bool, err error) {
	return readLog(l.Ledger(), visit)
}

// Before is before.json: a pretraining's scores of the encoder that it begins with, so that a
// coordinator that is started again need not ask for them again.
func (l Layout) Before() string { return filepath.Join(string(l), "before.json") }

// ReadBefore reads before.json.
func (l Layout) ReadBefore() (metrics.Perplexities, error) {
	return readJSON[metrics.Perplexities](l.Before())
}

// ReadPerplexities reads metrics.json of a pretraining.
func (l Layout) ReadPerplexities() (metrics.Perplexities, error) {
	return readJSON[metrics.Perplexities](l.Metrics())
}

// ReadMetrics reads metrics.json.
func (l Layout) ReadMetrics() (metrics.Report, error) { return readJSON[metrics.Report](l.Metrics()) }

// ReadControl reads control.json; fs.ErrNotExist where there is none.
func (l Layout) ReadControl() (Control, error) { return readJSON[Control](l.ControlFile()) }

// ReadRecord reads the coordinator's record; one that is not there is empty. torn says
// that it ends in a line that is not whole, which does not count. Anything else that is
// not as it was written is ErrDamaged, with the line.
func (l Layout) ReadRecord() (r Record, torn bool, err error) { return readRecord(l.RecordLog()) }

// readJSON reads a file that is one JSON value.
func readJSON[T any](path string) (value T, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return value, fmt.Errorf("run directory: %w", err)
	}
	if err := json.Unmarshal(raw, &value); err != nil {
		return value, fmt.Errorf("%s: %w: %w", path, ErrDamaged, err)
	}
	return value, nil
}

// NewName is a name for a new run directory: the time, in its own zone, and the run's
// name reduced to letters, digits, dots, dashes and underscores. Names sort by time.
func NewName(now time.Time, runName string) string {
	clean := strings.Trim(strings.Map(func(r rune) rune {
		if r == '.' {
			return r
		}
		return plainRune(r)
	}, runName), "-.")
	if clean == "" {
		clean = "run"
	}
	return now.Format("20060102-150405") + "-" + clean
}

// longestToken is how long a run's name may be on the wire.
const longestToken = 64

// Token is the run's name where a single token is wanted, as in a NATS subject: the
// directory's name reduced to at most 64 letters, digits, dashes and underscores.
func (l Layout) Token() string {
	name := string(l)
	if whole, err := filepath.Abs(name); err == nil {
		name = whole
	}
	token := strings.Map(plainRune, filepath.Base(name))
	return token[:min(len(token), longestToken)]
}

// plainRune keeps letters, digits, dashes and underscores, and makes the rest dashes.
func plainRune(r rune) rune {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
		return r
	}
	return '-'
}

// Shared lists the files at the top of a run directory that may be copied elsewhere: what the run
// did and what came of it, and nothing secret. Not all of them are there. The logs are the last
// three, and the record the last of these.
func (l Layout) Shared() []string {
	return []string{l.Config(), l.Plan(), l.Corpora(), l.Before(), l.Predictions(), l.Trace(), l.Metrics(), l.EvictedFile(), l.Ledger(), l.Events(), l.RecordLog()}
}
