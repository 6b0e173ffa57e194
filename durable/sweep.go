package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Prefix begins the names of files and folders that are not finished, or on their way out.
const Prefix = ".tmp-"

// Sweep removes what a crash left unfinished in dir, which need not exist. The caller must
// be the only one that writes there: what another is writing looks the same.
func Sweep(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), Prefix) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return fmt.Errorf("cannot remove temporary files of an interrupted write: %w", err)
		}
	}
	return nil
}
