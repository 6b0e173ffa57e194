package rundir

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// readLog visits every whole line of the log at path. A line without its newline was
// cut off while being written, whatever it holds: torn. A log that is not there yet is
// empty.
func readLog[T any](path string, visit func(T) error) (torn bool, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("rundir: %w", err)
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 256<<10)
	for number := 1; ; number++ {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return len(line) > 0, nil
		}
		if err != nil {
			return false, fmt.Errorf("rundir: %s: %w", path, err)
		}
		var value T
		if err := json.Unmarshal(line, &value); err != nil {
			return false, fmt.Errorf("rundir: %s, line %d: %w: %w", path, number, ErrDamaged, err)
		}
		if err := visit(value); err != nil {
			return false, err
		}
	}
}
