package directory

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Discard removes a run directory that was made for a run which could not be begun: all that
// is in it, and itself and its parents where Create made them and nothing else is in them. It
// closes d. A run that was resumed, or has a step committed, is left as it is.
func (d *Dir) Discard() error {
	if !d.created || d.events.end() > 0 {
		return d.Close()
	}
	if err := d.Close(); err != nil {
		return err
	}
	entries, err := os.ReadDir(string(d.Layout))
	if err != nil {
		return fmt.Errorf("run directory: %w", err)
	}
	var errs []error
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(string(d.Layout), e.Name())); err != nil {
			errs = append(errs, fmt.Errorf("run directory: %w", err))
		}
	}
	for _, folder := range d.made {
		if os.Remove(folder) != nil {
			break // somebody else has put something into it
		}
	}
	return errors.Join(errs...)
}

// missing lists path and its parents that are not there, the innermost first.
func missing(path string) (list []string) {
	for {
		if _, err := os.Lstat(path); err == nil {
			return list
		}
		list = append(list, path)
		parent := filepath.Dir(path)
		if parent == path {
			return list
		}
		path = parent
	}
}
