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
	"ringmaster/errkind"
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
	// Diverged is why the training came to nothing: it diverged. Then there are no scores.
	Diverged string `json:"diverged,omitempty"`
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
// go on with it. One that another process is writing is directory.ErrInUse; what is not the beginning
// of this cell is set aside, and gives way to a new one. Whatever else keeps it from being opened, such as a
// full disk, is an error: the cell may be whole.
func openCell(path string, run *config.Run) (dir *directory.Dir, resume bool, err error) {
	dir, err = directory.Create(path)
	if err == nil || !errors.Is(err, directory.ErrHoldsRun) && !errors.Is(err, directory.ErrNotEmpty) {
		return dir, false, err
	}
	if errors.Is(err, directory.ErrHoldsRun) {
		dir, err := resumeCell(path, run) // takes the lock, if nobody has it
		if !isOther(err) {
			return dir, err == nil, err
		}
	}
	if _, err := directory.SetAside(path, "set-aside"); err != nil {
		return nil, false, err
	}
	dir, err = directory.Create(path)
	return dir, false, err
}

// resumeCell opens the run of a cell that was cut short.
func resumeCell(path string, run *config.Run) (*directory.Dir, error) {
	dir, err := directory.Resume(path)
	if err != nil {
		return nil, err
	}
	var resolved bytes.Buffer
	if err = run.Write(&resolved); err == nil {
		err = dir.CheckSameRun(resolved.Bytes())
	}
	if errors.Is(err, fs.ErrNotExist) { // killed before it was begun
		err = errkind.Mark(err, directory.ErrNoRun)
	}
	if err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	return dir, nil
}

// isOther says of an error of resumeCell that there is no beginning of the cell, or a damaged one.
func isOther(err error) bool {
	for _, other := range []error{directory.ErrOtherRun, directory.ErrDamaged, directory.ErrEntry, directory.ErrNoRun} {
		if errors.Is(err, other) {
			return true
		}
	}
	return false
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
