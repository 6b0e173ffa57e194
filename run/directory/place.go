package directory

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
)

// place is which step a line of a log is about.
type place struct {
	stage string
	step  int
}

func (p place) String() string { return fmt.Sprintf("step %d of %s", p.step, p.stage) }

// places reads a log for its places alone, much faster than its values can be read.
type places struct {
	path string
	file *os.File // nil where there is no log yet
	r    *bufio.Reader
	last place
	line int
	end  int64 // of the whole lines read
}

func openPlaces(path string) (*places, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &places{path: path, r: bufio.NewReader(bytes.NewReader(nil))}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("run directory: %w", err)
	}
	return &places{path: path, file: f, r: bufio.NewReaderSize(f, 256<<10)}, nil
}

// next is the next line's place, or io.EOF behind the last whole line.
func (p *places) next() (place, error) {
	line, err := p.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		head := bytes.Clone(line)
		line, err = p.r.ReadBytes('\n')
		line = append(head, line...)
	}
	if errors.Is(err, io.EOF) { // what is left is a line without its newline: torn
		return place{}, io.EOF
	}
	if err != nil {
		return place{}, fmt.Errorf("%s: %w", p.path, err)
	}
	p.line++
	at, ok := p.fast(line)
	if !ok {
		if at, err = slow(line); err != nil {
			return place{}, fmt.Errorf("%s, line %d: %w: %w", p.path, p.line, ErrDamaged, err)
		}
	}
	p.end += int64(len(line))
	p.last = at
	return at, nil
}

// more counts the lines that follow, and the one read last, whose error is err: two at most.
func (p *places) more(err error) (n int, _ error) {
	for ; err == nil && n < 2; _, err = p.next() {
		n++
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return n, err
	}
	return n, nil
}

func (p *places) close() error {
	if p.file == nil {
		return nil
	}
	return p.file.Close()
}

var (
	stageKey = []byte(`{"stage":"`)
	stepKey  = []byte(`","step":`)
)

// fast reads the beginning that our own lines have: {"stage":"student","step":12, …
func (p *places) fast(line []byte) (place, bool) {
	rest, ok := bytes.CutPrefix(line, stageKey)
	if !ok || !bytes.HasSuffix(line, []byte("}\n")) {
		return place{}, false
	}
	stage, rest, ok := bytes.Cut(rest, stepKey)
	if !ok || bytes.ContainsAny(stage, `"\`) {
		return place{}, false
	}
	digits := bytes.IndexAny(rest, ",}")
	if digits < 0 {
		return place{}, false
	}
	step, err := strconv.Atoi(string(rest[:digits]))
	if err != nil {
		return place{}, false
	}
	at := place{stage: p.last.stage, step: step}
	if string(stage) != at.stage { // compared without a copy: a stage has many lines
		at.stage = string(stage)
	}
	return at, true
}

func slow(line []byte) (place, error) {
	var at struct {
		Stage *string `json:"stage"`
		Step  *int    `json:"step"`
	}
	if err := json.Unmarshal(line, &at); err != nil {
		return place{}, err
	}
	if at.Stage == nil || at.Step == nil {
		return place{}, errors.New("it has no stage and step")
	}
	return place{*at.Stage, *at.Step}, nil
}
