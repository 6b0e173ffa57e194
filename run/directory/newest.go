package directory

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
)

// newestBytes is how much of the end of events.jsonl is read for its newest lines.
const newestBytes = 256 << 10

// NewestEvents are the last whole lines of events.jsonl, at most so many, the oldest first. It
// reads the end of the file only. A line that cannot be read ends them: what is before it is
// not returned.
func (l Layout) NewestEvents(most int) ([]Event, error) {
	f, err := os.Open(l.Events())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("run directory: %w", err)
	}
	defer f.Close() // opened for reading only
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("run directory: %w", err)
	}
	begin := max(0, info.Size()-newestBytes)
	text, err := io.ReadAll(io.NewSectionReader(f, begin, newestBytes))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", l.Events(), err)
	}
	var events []Event
	text = text[:bytes.LastIndexByte(text, '\n')+1]
	for len(text) > 0 && len(events) < most {
		text = text[:len(text)-1]
		cut := bytes.LastIndexByte(text, '\n') + 1
		if cut == 0 && begin > 0 {
			break // its beginning was not read
		}
		var e Event
		if json.Unmarshal(text[cut:], &e) != nil {
			break
		}
		events = append(events, e)
		text = text[:cut]
	}
	slices.Reverse(events)
	return events, nil
}
