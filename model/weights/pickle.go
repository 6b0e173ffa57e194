package weights

import (
	"bytes"
	"errors"
	"fmt"

	"ringmaster/shown"

	"github.com/nlpodyssey/gopickle/pickle"
)

var errPickle = errors.New("not a pickle of tensors")

// unpickle reads the pickle at the start of data. prepare sets what the pickle may refer to.
// It gives the value and what follows the pickle.
func unpickle(data []byte, prepare func(*pickle.Unpickler)) (value any, rest []byte, err error) {
	n, err := pickleLength(data)
	if err != nil {
		return nil, nil, err
	}
	// The machine indexes and compares without checks in places; a damaged file may trip it.
	defer func() {
		if cause := recover(); cause != nil {
			value, rest, err = nil, nil, fmt.Errorf("%w: %s", errPickle, shortened(fmt.Sprint(cause)))
		}
	}()
	machine := pickle.NewUnpickler(bytes.NewReader(data[:n]))
	machine.FindClass = func(module, name string) (any, error) {
		return nil, fmt.Errorf("%w: it refers to %s.%s", errPickle, module, name)
	}
	if prepare != nil {
		prepare(&machine)
	}
	if value, err = machine.Load(); err != nil && !errors.Is(err, errPickle) {
		err = fmt.Errorf("%w: %s", errPickle, shortened(err.Error())) // which prints the object at fault
	}
	return value, data[n:], err
}

// longestShown is how much of a text from a file a message shows.
const longestShown = 200

func shortened(text string) string { return shown.Beginning(text, longestShown) }
