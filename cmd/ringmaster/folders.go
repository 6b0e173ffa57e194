package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// checkFolder refuses a path that cannot be made a folder, since it or what it lies in is something else: before anything is read
// for it. An empty path is none.
func checkFolder(flag, path string) error {
	for at := filepath.Clean(path); path != ""; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		if err == nil && info.IsDir() {
			return nil
		}
		if _, there := os.Lstat(at); err == nil || there == nil && os.IsNotExist(err) {
			return fmt.Errorf("%w: %s %s cannot be a folder, because %s is none: give another path", errUsage, flag, path, at)
		}
		if at == filepath.Dir(at) {
			return nil
		}
	}
	return nil
}
