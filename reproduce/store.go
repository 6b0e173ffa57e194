package reproduce

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"ringmaster/config"
	"ringmaster/durable"
	"ringmaster/run/directory"
)

// Finished is cell.json: that a cell is finished, and what it took.
type Finished struct {
	Key     string  `json:"key"`
	Row     string  `json:"row"`
	Target  string  `json:"target"` // the task it is judged by
	Seed    uint64  `json:"seed"`
	Seconds float64 `json:"seconds"`
	// ChosenBy is the task whose validation rows choose, where it is not the target.
	ChosenBy string `json:"chosen_by,omitempty"`
	// Steps are the student's.
	Steps int `json:"steps"`
}

func finishedPath(cell string) string { return filepath.Join(cell, "cell.json") }

// readFinished reads a cell's mark; known is false for a cell that is not finished.
func readFinished(cell string) (f Finished, known bool, err error) {
	raw, err := os.ReadFile(finishedPath(cell))
	if errors.Is(err, fs.ErrNotExist) {
		return f, false, nil
	}
	if err == nil {
		err = json.Unmarshal(raw, &f)
	}
	if err != nil {
		return f, false, fmt.Errorf("%w: %s: %w; remove this directory, and the cell is computed again", ErrDamaged, finishedPath(cell), err)
	}
	return f, true, nil
}

// openCell makes a cell's run directory, or opens the one of a cell that was cut short to
// go on with it. One that another process is writing is directory.ErrInUse; one that cannot
// be gone on with gives way to a new one.
func openCell(path string, run *config.Run) (dir *directory.Dir, resume bool, err error) {
	dir, err = directory.Create(path)
	if err == nil || !errors.Is(err, directory.ErrHoldsRun) && !errors.Is(err, directory.ErrNotEmpty) {
		return dir, false, err
	}
	if errors.Is(err, directory.ErrHoldsRun) {
		dir, err := directory.Resume(path) // takes the lock, if nobody has it
		if errors.Is(err, directory.ErrInUse) {
			return nil, false, err
		}
		if err == nil {
			var resolved bytes.Buffer
			if err := run.Write(&resolved); err != nil {
				return nil, false, errors.Join(err, dir.Close())
			}
			if dir.CheckSameRun(resolved.Bytes()) == nil {
				return dir, true, nil
			}
			if err := dir.Close(); err != nil {
				return nil, false, err
			}
		}
	}
	if err := os.RemoveAll(path); err != nil {
		return nil, false, err
	}
	dir, err = directory.Create(path)
	return dir, false, err
}

// closeCell marks a cell as finished. Its models are what takes room, and nothing here
// needs a student any more, so they go unless they are to be kept.
func closeCell(d *directory.Dir, f Finished, keepModel, keepCheckpoints bool) error {
	for path, keep := range map[string]bool{d.Model(): keepModel, d.Checkpoints(): keepCheckpoints} {
		if keep {
			continue
		}
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	if err := d.Sync(); err != nil {
		return err
	}
	return durable.WriteJSON(finishedPath(string(d.Layout)), f)
}
