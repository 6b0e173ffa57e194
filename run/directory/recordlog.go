package directory

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"sync"
)

// A line of record.log is the CRC-32C of its JSON, as eight hexadecimal digits, a space,
// and the JSON. An entry counts once its line is on the disk, newline included.

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// crcLength is how long the checksum and the space behind it are.
const crcLength = 9

// recordWriter appends to record.log and knows what stands in it.
type recordWriter struct {
	mu    sync.Mutex
	log   *logWriter
	state Record
}

// openRecord reads the record that stands at path, where there is one, removes a torn last
// line, and goes on behind it.
func openRecord(path string) (*recordWriter, error) {
	state, _, err := readRecord(path)
	if err != nil {
		return nil, err
	}
	log, err := openLog(path)
	if err != nil {
		return nil, err
	}
	return &recordWriter{log: log, state: state}, nil
}

// append returns when the entry is on the disk.
func (w *recordWriter) append(e Entry) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.state.fits(e); err != nil {
		return fmt.Errorf("%s: %w", w.log.path, err)
	}
	line, err := recordLine(e)
	if err != nil {
		return fmt.Errorf("%s: cannot write %+v: %w", w.log.path, e, err)
	}
	if err := w.log.write(line); err != nil {
		return err
	}
	if err := w.log.sync(); err != nil {
		return err
	}
	w.state.add(e)
	return nil
}

func (w *recordWriter) close() error { return w.log.close() }

func recordLine(e Entry) ([]byte, error) {
	text, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "%08x %s\n", crc32.Checksum(text, castagnoli), text), nil
}

// intact says whether a line, without its newline, has its checksum.
func intact(line []byte) bool {
	if len(line) < crcLength {
		return false
	}
	sum := fmt.Appendf(nil, "%08x ", crc32.Checksum(line[crcLength:], castagnoli))
	return bytes.Equal(sum, line[:crcLength])
}

// readRecord reads the record at path; one that is not there is empty.
//
// Only the last line can be torn, since each was on the disk before the next was written,
// and a torn line lacks its newline: a write that was cut short left some of its bytes,
// from the first on. A line that is whole but for another byte in its newline's place was
// not cut but damaged, for it had been whole.
func readRecord(path string) (r Record, torn bool, err error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return r, false, nil
	}
	if err != nil {
		return r, false, fmt.Errorf("run directory: %w", err)
	}
	damaged := func(number int, why error) error {
		return fmt.Errorf("%s, line %d: %w: %w", path, number, ErrDamaged, why)
	}
	for number := 1; len(raw) > 0; number++ {
		line, rest, whole := bytes.Cut(raw, []byte{'\n'})
		if !whole {
			if intact(line[:len(line)-1]) {
				return r, false, damaged(number, errChecksum)
			}
			return r, true, nil
		}
		if !intact(line) {
			return r, false, damaged(number, errChecksum)
		}
		var e Entry
		if err := json.Unmarshal(line[crcLength:], &e); err != nil {
			return r, false, damaged(number, err)
		}
		if err := r.fits(e); err != nil {
			return r, false, damaged(number, err)
		}
		r.add(e)
		raw = rest
	}
	return r, false, nil
}

// wholeEntries are the lines of a record that have their checksum and can follow the ones
// before them, with their newlines, and how many others there are.
func wholeEntries(path string) (lines []string, lost int, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, 0, fmt.Errorf("run directory: %w", err)
	}
	var r Record
	for line := range bytes.Lines(raw) {
		text, whole := bytes.CutSuffix(line, []byte{'\n'})
		var e Entry
		if !whole || !intact(text) || json.Unmarshal(text[crcLength:], &e) != nil || r.fits(e) != nil {
			lost++
			continue
		}
		r.add(e)
		lines = append(lines, string(line))
	}
	return lines, lost, nil
}
