package config

import (
	"errors"
	"slices"
	"strings"
)

// ErrInvalid matches every *Problems; the others match one that holds such a problem.
var (
	ErrInvalid = errors.New("invalid run configuration")

	ErrSyntax       = errors.New("not readable as YAML")
	ErrUnknownKey   = errors.New("unknown key")
	ErrDuplicateKey = errors.New("duplicate key")
	ErrType         = errors.New("wrong type")
	ErrValue        = errors.New("invalid value")
	ErrMissingFile  = errors.New("missing file")
)

// Problem is one thing that is wrong with a run's configuration.
type Problem struct {
	// Where the value was set: "run.yaml:14", "--set", "RINGMASTER_TRAIN_LR" or
	// "command line"; empty for a Run that was not loaded.
	Where string
	// Key is the path of the key concerned: "train.lr", "tasks.empathy.data.text".
	Key string
	// Text is the sentence a person reads after Where; it names the key.
	Text string
	// Kind is one of this package's errors other than ErrInvalid.
	Kind error

	from origin
}

// String is the whole problem on one line.
func (p Problem) String() string {
	if p.Where == "" {
		return p.Text
	}
	return p.Where + ": " + p.Text
}

// Problems is everything that is wrong with a run's configuration, in the order
// of the file, then the environment, --set and flags.
type Problems struct{ List []Problem }

// Error is one problem a line.
func (p *Problems) Error() string {
	lines := make([]string, len(p.List))
	for i, problem := range p.List {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// Unwrap makes errors.Is true of ErrInvalid and of the kinds of the problems.
func (p *Problems) Unwrap() []error {
	kinds := []error{ErrInvalid}
	for _, problem := range p.List {
		if !slices.Contains(kinds, problem.Kind) {
			kinds = append(kinds, problem.Kind)
		}
	}
	return kinds
}
