package directory

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"ringmaster/durable"
	"ringmaster/run/metrics"
)

// Dir is a run directory that this process writes. It holds the directory's lock until
// Close. Its methods may be called from several goroutines.
type Dir struct {
	Layout
	lock   *lock
	record *recordWriter
	events *logWriter
	ledger *logWriter
	// created: by Create in this process, with these folders, the innermost first.
	created bool
	made    []string

	mended     []string
	recordLost bool // entries of the record may be missing
}

// WriteConfig writes config.yaml from write, usually (*config.Run).Write.
func (d *Dir) WriteConfig(write func(io.Writer) error) error {
	return d.replace(d.Config(), write)
}

// WritePlan writes plan.json.
func (d *Dir) WritePlan(p Plan) error {
	return d.replace(d.Plan(), func(w io.Writer) error { return json.NewEncoder(w).Encode(p) })
}

// WriteMetrics writes metrics.json: a metrics.Report, or a pretraining's metrics.Perplexities.
func (d *Dir) WriteMetrics(r json.Marshaler) error {
	return d.replace(d.Metrics(), func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(r)
	})
}

// WriteBefore writes before.json.
func (d *Dir) WriteBefore(p metrics.Perplexities) error {
	return d.replace(d.Before(), func(w io.Writer) error { return json.NewEncoder(w).Encode(p) })
}

// WriteControl writes control.json, for its owner's eyes only.
func (d *Dir) WriteControl(c Control) error {
	return d.replaceAs(d.ControlFile(), 0o600, func(w io.Writer) error { return json.NewEncoder(w).Encode(c) })
}

// RemoveControl removes control.json and the join file, when nobody is to find the coordinator any more.
func (d *Dir) RemoveControl() error {
	return errors.Join(remove(d.ControlFile()), remove(d.JoinFile()))
}

// Record adds an entry to record.log and returns when it is on the disk: only then may
// anybody be told of it. An entry that cannot follow what stands there is ErrEntry.
func (d *Dir) Record(e Entry) error { return d.record.append(e) }

func (d *Dir) replace(path string, write func(io.Writer) error) error {
	return d.replaceAs(path, 0o644, write)
}

func (d *Dir) replaceAs(path string, perm fs.FileMode, write func(io.Writer) error) error {
	if d.lock.closed() {
		return fmt.Errorf("%s: %w", path, ErrClosed)
	}
	return writeFile(path, perm, write)
}

// writeFile replaces path, whole or not at all.
func writeFile(path string, perm fs.FileMode, write func(io.Writer) error) error {
	if err := durable.WriteFile(path, perm, write); err != nil {
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	return nil
}

// Commit logs a committed step, in both logs or, on an error, in neither.
func (d *Dir) Commit(e Event, entry LedgerEntry) error {
	if e.Stage != entry.Stage || e.Step != entry.Step {
		return fmt.Errorf("%w: the event is of %v, the ledger's entry of %v", ErrEntry, place{e.Stage, e.Step}, place{entry.Stage, entry.Step})
	}
	event, err := d.events.encode(e) // first: what cannot be encoded leaves no trace
	if err != nil {
		return err
	}
	before := d.ledger.end()
	if err := d.ledger.append(entry); err != nil {
		return err
	}
	if err := d.events.write(event); err != nil {
		return errors.Join(err, d.ledger.cut(before))
	}
	return nil
}

// AppendEvent logs a committed step.
func (d *Dir) AppendEvent(e Event) error { return d.events.append(e) }

// AppendLedger logs which examples a committed step was made of.
func (d *Dir) AppendLedger(e LedgerEntry) error { return d.ledger.append(e) }

// Sync brings both logs to the disk itself.
func (d *Dir) Sync() error { return errors.Join(d.events.sync(), d.ledger.sync()) }

// Close syncs and closes the logs and gives the lock back. A second Close does nothing.
func (d *Dir) Close() error {
	var errs []error
	if d.record != nil {
		errs = append(errs, d.record.close())
	}
	for _, log := range []*logWriter{d.events, d.ledger} {
		if log != nil {
			errs = append(errs, log.close())
		}
	}
	return errors.Join(append(errs, d.lock.release())...)
}
