package weights

import (
	"errors"
	"fmt"
	"strings"
)

// What can be wrong with a model folder; errors.Is finds them under the sentence for a person.
var (
	// ErrNotFolder: there is no such folder, or it holds no config.json.
	ErrNotFolder = errors.New("not a model folder")
	// ErrConfig: config.json cannot be read or contradicts itself.
	ErrConfig = errors.New("config.json is not usable")
	// ErrUnsupported: a valid model of a kind that is not implemented here.
	ErrUnsupported = errors.New("unsupported model")
	// ErrNoWeights: no file with tensors in a format that can be read.
	ErrNoWeights = errors.New("no weights")
	// ErrCorrupt: a file contradicts its format or its own size.
	ErrCorrupt = errors.New("damaged file")
	// ErrTensors: tensors are missing, or have another shape or type than config.json asks for.
	ErrTensors = errors.New("tensors do not fit config.json")
	// ErrNotFinite: a tensor holds NaN or infinity, so every output would be NaN.
	ErrNotFinite = errors.New("numbers that are not finite")
	// ErrNoHeads: the folder is an encoder without a classification head.
	ErrNoHeads = errors.New("no classification head")
	// ErrTeacher: no head of the folder fits the task.
	ErrTeacher = errors.New("teacher does not fit the task")
	// ErrExists: Write found something where the folder should go.
	ErrExists = errors.New("already exists")
	// ErrIncomplete: what Write was given is not a whole model.
	ErrIncomplete = errors.New("incomplete model")
)

// Problems is everything wrong with one model folder, found in one go.
type Problems struct {
	Dir   string
	Kind  error    // ErrConfig, ErrUnsupported or ErrTensors
	Lines []string // one sentence each, without the folder
}

// Error gives one line a problem, each naming the folder.
func (p *Problems) Error() string {
	lines := make([]string, len(p.Lines))
	for i, line := range p.Lines {
		lines[i] = fmt.Sprintf("model folder %s: %s", p.Dir, line)
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the kind, for errors.Is.
func (p *Problems) Unwrap() error { return p.Kind }
