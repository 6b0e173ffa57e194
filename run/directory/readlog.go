package directory

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// eachLine visits every whole line of the log at path, with its number and its newline. A line
// without its newline was cut off while being written, whatever it holds: torn. A log that is
// not there yet is empty.
func eachLine(path string, visit func(number int, line []byte) error) (torn bool, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("run directory: %w", err)
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 256<<10)
	for number := 1; ; number++ {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return len(line) > 0, nil
		}
		if err != nil {
			return false, fmt.Errorf("%s: %w", path, err)
		}
		if err := visit(number, line); err != nil {
			return false, err
		}
	}
}

// readLog visits what every whole line of the log at path holds, as eachLine does.
func readLog[T any](path string, visit func(T) error) (torn bool, err error) {
	return eachLine(path, func(number int, line []byte) error {
		var value T
		if err := json.Unmarshal(line, &value); err != nil {
			return fmt.Errorf("%s, line %d: %w: %w", path, number, ErrDamaged, err)
		}
		return visit(value)
	})
}
