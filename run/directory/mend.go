package directory

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"ringmaster/durable"
)

// A file that is missing or damaged is made up from what the others say, as far as they do.
// What was there is given another name first, so that nothing is lost by the mending, and
// nothing that is whole is cut because something else is not.

// Mended tells, a sentence each, what Resume found missing or damaged and what it did.
func (d *Dir) Mended() []string { return d.mended }

func (d *Dir) note(format string, args ...any) {
	d.mended = append(d.mended, fmt.Sprintf(format, args...))
}

// SetAside gives a file or folder that is damaged a name of its own, as in
// events.jsonl.damaged-1, and returns that; a file stays where it is as well, until it is
// replaced. What is not there needs no name.
func SetAside(path, why string) (aside string, err error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("run directory: %w", err)
	}
	if aside, err = asideName(path, why); err != nil {
		return "", err
	}
	if info.IsDir() {
		err = os.Rename(path, aside)
	} else {
		err = durable.TakeFile(path, aside)
	}
	if err != nil {
		return "", fmt.Errorf("cannot keep %s: %w", path, err)
	}
	return aside, nil
}

// asideName is a name beside path that nothing has.
func asideName(path, why string) (string, error) {
	for n := 1; ; n++ {
		aside := fmt.Sprintf("%s.%s-%d", path, why, n)
		_, err := os.Lstat(aside)
		if errors.Is(err, fs.ErrNotExist) {
			return aside, nil
		}
		if err != nil {
			return "", fmt.Errorf("run directory: %w", err)
		}
	}
}

// How a name says why something stands aside.
const (
	damagedAside   = "damaged"
	takenBackAside = "taken-back"
)

// mendRecord puts a record right before it is opened: what is left of it are the lines that
// are whole and can follow one another.
func (d *Dir) mendRecord() error {
	path := d.RecordLog()
	_, _, err := readRecord(path)
	if !errors.Is(err, ErrDamaged) {
		return err
	}
	lines, lost, err := wholeEntries(path)
	if err != nil {
		return err
	}
	aside, err := SetAside(path, damagedAside)
	if err != nil {
		return err
	}
	if err := writeFile(path, 0o644, writeText(strings.Join(lines, ""))); err != nil {
		return err
	}
	d.note("record.log is damaged: %d of its lines are intact and kept, %d are lost; the damaged file is kept as %s", len(lines), lost, base(aside))
	d.recordLost = true
	return nil
}

// missRecord tells of a record that is missing or empty although the run did something.
func (d *Dir) missRecord() error {
	record, _, err := readRecord(d.RecordLog())
	if err != nil || len(record.Begun) > 0 || d.recordLost {
		return err
	}
	c, err := d.common()
	if err != nil {
		return err
	}
	list, err := OpenCheckpoints(d.Checkpoints()).List()
	if err != nil || c.lines == 0 && len(list) == 0 {
		return err
	}
	d.note("record.log is missing, empty or too short: the current stage is determined from the logs and checkpoints")
	d.recordLost = true
	return nil
}

// RecordLost says that the record lacks entries, or all of them.
func (d *Dir) RecordLost() bool { return d.recordLost }

// mendLogs fills up what one log lacks and the other, or a checkpoint, vouches for.
func (d *Dir) mendLogs() error {
	c, err := d.common()
	if err != nil && !errors.Is(err, ErrDamaged) {
		return err
	}
	// A kill between the two writes of a commit leaves the ledger one line ahead. That step
	// was told to nobody.
	sound := err == nil && c.over <= 1
	if sound {
		if sound, err = d.decode(); err != nil {
			return err
		}
	}
	if sound {
		if ahead, err := d.checkpointsAhead(c.steps); err != nil || len(ahead) == 0 {
			return err
		}
	}
	events, ledger, err := d.readLines()
	if err != nil {
		return err
	}
	steps := events.steps()
	for stage, n := range ledger.steps() {
		steps[stage] = max(steps[stage], n)
	}
	ahead, err := d.checkpointsAhead(steps)
	if err != nil {
		return err
	}
	all, err := merged(events.lines, ledger.lines, ahead)
	if err != nil {
		return fmt.Errorf("%s: %w", d.Layout, err)
	}
	if len(ahead) > 0 {
		d.note("the logs end before the newest intact checkpoint")
	}
	for _, log := range []struct {
		name, path string
		has        *lines
	}{{"events.jsonl", d.Events(), events}, {"ledger.jsonl", d.Ledger(), ledger}} {
		if err := d.fillUp(log.name, log.path, log.has, all); err != nil {
			return err
		}
	}
	return nil
}

// decode says whether every line of both logs can be read to its end.
func (d *Dir) decode() (bool, error) {
	_, atEvents := d.ReadEvents(func(Event) error { return nil })
	_, atLedger := d.ReadLedger(func(LedgerEntry) error { return nil })
	for _, err := range []error{atEvents, atLedger} {
		if err != nil && !errors.Is(err, ErrDamaged) {
			return false, err
		}
	}
	return atEvents == nil && atLedger == nil, nil
}

// checkpointsAhead are the steps that a whole checkpoint says were done and the logs do not
// have, by stage. Steps that the record says were taken back are none of them.
func (d *Dir) checkpointsAhead(logged map[string]int) (map[string]int, error) {
	list, err := OpenCheckpoints(d.Checkpoints()).List()
	if err != nil {
		return nil, err
	}
	record, _, err := readRecord(d.RecordLog())
	if err != nil {
		return nil, err
	}
	ahead := map[string]int{}
	for _, cp := range list {
		back := record.Back
		if cp.Step <= max(logged[cp.Stage], ahead[cp.Stage]) || back != nil && back.Stage == cp.Stage && cp.Step > back.To {
			continue
		}
		if p, err := cp.check(); err == nil && p.Stage == cp.Stage && p.Steps == cp.Step {
			ahead[cp.Stage] = cp.Step
		}
	}
	return ahead, nil
}

// fillUp writes a log anew, with a line that says so for every step that it lacks.
func (d *Dir) fillUp(name, path string, has *lines, all []place) error {
	var text strings.Builder
	var lost []place
	for _, p := range all {
		if line, ok := has.at[p]; ok {
			text.WriteString(line)
			continue
		}
		line, err := lostLine(name, p)
		if err != nil {
			return err
		}
		text.WriteString(line)
		lost = append(lost, p)
	}
	if len(lost) == 0 && has.lost == 0 {
		return nil
	}
	aside, err := SetAside(path, damagedAside)
	if err != nil {
		return err
	}
	if err := writeFile(path, 0o644, writeText(text.String())); err != nil {
		return err
	}
	state := "is missing"
	if aside != "" {
		state = fmt.Sprintf("is kept as %s", base(aside))
	}
	d.note("%s lacks %s: in the new file they are marked as lost; the old file %s", name, ranges(lost), state)
	return nil
}

// ranges tells of steps in short.
func ranges(all []place) string {
	if len(all) == 0 {
		return "no step, but has invalid lines"
	}
	var parts []string
	for from := 0; from < len(all); {
		to := from
		for to+1 < len(all) && all[to+1].stage == all[from].stage && all[to+1].step == all[to].step+1 {
			to++
		}
		if from == to {
			parts = append(parts, all[from].String())
		} else {
			parts = append(parts, fmt.Sprintf("steps %d to %d of %s", all[from].step, all[to].step, all[from].stage))
		}
		from = to + 1
	}
	const most = 5
	if more := len(parts) - most; more > 0 {
		parts = append(parts[:most], fmt.Sprintf("%d more", more))
	}
	return strings.Join(parts, ", ")
}
