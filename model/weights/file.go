package weights

import (
	"errors"
	"os"
	"path/filepath"

	"ringmaster/errkind"
	"ringmaster/inputfile"
)

// openFile opens a regular file of a folder and gives its size. A file that is not there is
// found by errors.Is too.
func openFile(dir, file string) (*os.File, int64, error) {
	f, err := inputfile.Open(filepath.Join(dir, file))
	if err != nil {
		return nil, 0, unreadable(dir, file, err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, 0, unreadable(dir, file, err)
	}
	return f, info.Size(), nil
}

// readFile reads a folder's file of JSON.
func readFile(dir, file string) ([]byte, error) {
	text, err := inputfile.Read(filepath.Join(dir, file), maxHeader)
	if err != nil {
		return nil, unreadable(dir, file, err)
	}
	return text, nil
}

func unreadable(dir, file string, err error) error {
	var other *inputfile.NotRegularError
	if errors.As(err, &other) {
		other = &inputfile.NotRegularError{Path: file, Mode: other.Mode}
		return errkind.Errorf(ErrCorrupt, "model folder %s: %w", dir, other)
	}
	return errkind.Errorf(ErrCorrupt, "model folder %s: %s cannot be read: %w", dir, file, err)
}
