package errkind_test

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"ringmaster/errkind"
)

var errKind = errors.New("a kind")

func TestTheKindIsFoundAndNotSaid(t *testing.T) {
	path := &fs.PathError{Op: "open", Path: "x", Err: fs.ErrNotExist}
	for name, c := range map[string]struct {
		err   error
		text  string
		cause bool
	}{
		"wrapped cause": {errkind.Errorf(errKind, "folder %s: %w", "x", path), "folder x: open x: file does not exist", true},
		"quoted cause":  {errkind.Errorf(errKind, "folder %s: %v", "x", path), "folder x: open x: file does not exist", false},
		"marked":        {errkind.Mark(path, errKind), "open x: file does not exist", true},
		"wrapped again": {fmt.Errorf("task: %w", errkind.Mark(path, errKind)), "task: open x: file does not exist", true},
	} {
		if !errors.Is(c.err, errKind) || c.err.Error() != c.text {
			t.Errorf("%s: %q, of the kind: %v", name, c.err, errors.Is(c.err, errKind))
		}
		var found *fs.PathError
		if errors.Is(c.err, fs.ErrNotExist) != c.cause || errors.As(c.err, &found) != c.cause {
			t.Errorf("%s: its cause is found: %v", name, !c.cause)
		}
	}
}
