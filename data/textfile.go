package data

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// textFile is an open UTF-8 file, past its byte order mark.
type textFile struct {
	*bufio.Reader
	file *os.File
	line int // lines that readLine has returned
}

// openText opens the file at a place; name is how messages call it.
func openText(at, name string) (*textFile, error) {
	file, err := os.Open(at)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &failure{ErrMissingFile, fmt.Sprintf("the file %s does not exist (looked for %s)", name, at)}
	}
	if err != nil {
		return nil, err
	}
	t := &textFile{Reader: bufio.NewReaderSize(file, 64<<10), file: file}
	if err := t.skipMark(name); err != nil {
		file.Close()
		return nil, err
	}
	return t, nil
}

func (t *textFile) Close() error { return t.file.Close() }

func (t *textFile) skipMark(name string) error {
	start, err := t.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read %s: %w", name, err)
	}
	switch {
	case bytes.HasPrefix(start, []byte("\xef\xbb\xbf")):
		_, err = t.Discard(3)
		return err
	case bytes.HasPrefix(start, []byte("\xff\xfe")), bytes.HasPrefix(start, []byte("\xfe\xff")):
		return &failure{ErrEncoding, fmt.Sprintf("the file %s is UTF-16: save it as UTF-8", name)}
	}
	return nil
}

// readLine returns the next line that is not blank, without its end, then io.EOF.
func (t *textFile) readLine() (string, error) {
	for {
		line, err := t.ReadString('\n')
		if line == "" {
			return "", err
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		t.line++
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if line != "" {
			return line, nil
		}
	}
}
