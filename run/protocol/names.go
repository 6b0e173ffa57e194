package protocol

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"ringmaster/shown"
)

// ErrName: a worker, or a run, cannot have that name.
var ErrName = errors.New("not a name")

// maxName is how long a worker's name may be, in bytes.
const maxName = 128

// CheckName says why a text cannot be a worker's name, which becomes a token of a subject and
// is shown to people.
func CheckName(name string) error {
	if shown.Name(name) && len(name) <= maxName && !strings.ContainsAny(name, ".*>") {
		return nil
	}
	return fmt.Errorf("%w: %s cannot be the name of a worker: give 1 to %d bytes of characters that are seen, and no space, '.', '*' or '>'", ErrName, shown.Quote(name), maxName)
}

// CheckLife says why a text cannot be what a process made up to be told from others (Hello.Life).
func CheckLife(life string) error {
	if shown.Name(life) && len(life) <= maxName {
		return nil
	}
	return fmt.Errorf("%w: %s cannot tell a process from others: give 1 to %d bytes of characters that are seen", ErrName, shown.Quote(life), maxName)
}

// CheckRun says why a text cannot be the name of a run. None is no name, and allowed.
func CheckRun(run string) error {
	if run == "" || CheckName(run) == nil {
		return nil
	}
	return fmt.Errorf("%w: %s cannot be the name of a run, which is the last part of its run directory's name", ErrName, shown.Quote(run))
}

// DefaultName is what a worker calls itself that was given no name: what a host's name has and
// a worker's may not have is a dash.
func DefaultName(host string, pid int) string {
	clean := strings.Map(func(r rune) rune {
		if CheckName(string(r)) != nil {
			return '-'
		}
		return r
	}, host)
	suffix := fmt.Sprintf("-%d", pid)
	for len(clean)+len(suffix) > maxName {
		_, size := utf8.DecodeLastRuneInString(clean)
		clean = clean[:len(clean)-size]
	}
	if clean == "" {
		clean = "worker"
	}
	return clean + suffix
}
