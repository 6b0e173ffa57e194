package rundir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ProgressFile is the file of a checkpoint that says how far the run had come.
const ProgressFile = "progress.json"

// Progress says that Steps of a stage's Total steps were committed.
type Progress struct {
	Stage string `json:"stage"`
	Steps int    `json:"steps"`
	Total int    `json:"total"`
}

// ReadProgress is how far the run had come at each of its checkpoints; one that does not
// say is passed over.
func (l Layout) ReadProgress() ([]Progress, error) {
	checkpoints, err := OpenCheckpoints(l.Checkpoints()).List()
	if err != nil {
		return nil, err
	}
	var all []Progress
	for _, c := range checkpoints {
		path := filepath.Join(c.Dir, ProgressFile)
		raw, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("rundir: %w", err)
		}
		var p Progress
		if err := json.Unmarshal(raw, &p); err != nil {
			return nil, fmt.Errorf("rundir: %s: %w: %w", path, ErrDamaged, err)
		}
		all = append(all, p)
	}
	return all, nil
}
