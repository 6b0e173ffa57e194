package textfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"ringmaster/inputfile"
)

// block is how much of a file is looked at before it is read.
const block = 64 << 10

// File is an open text, past its byte order mark. It is read by its methods or as a
// bufio.Reader; the two do not mix, but that lines are counted by ReadLine alone.
type File struct {
	*bufio.Reader
	name, inner string
	line        int
	length      *lengthBound
	close       []func() error
}

// Open opens the file at a place; name is how messages call it. The error is inputfile's,
// the file system's or one of this package's.
func Open(at, name string) (*File, error) {
	file, err := inputfile.OpenNamed(at, name)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, err
	}
	f, err := open(input{Reader: file, at: file, size: info.Size(), name: name})
	if err != nil {
		file.Close()
		return nil, err
	}
	f.close = append(f.close, file.Close)
	return f, nil
}

// From reads a stream, as standard input is; name is how messages call it. What can only
// be read from its end, a zip archive, is refused. It waits for the first line, no more.
func From(r io.Reader, name string) (*File, error) {
	return open(input{Reader: r, name: name})
}

// input is where bytes come from.
type input struct {
	io.Reader
	at   io.ReaderAt // nil: a stream
	size int64
	name string
}

func open(in input) (*File, error) {
	counted := &countingReader{r: in.Reader}
	raw := bufio.NewReaderSize(counted, block)
	head, err := beginning(raw, in.at == nil)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", in.name, err)
	}
	f := &File{name: in.name, inner: filepath.Base(in.name)}
	content, err := f.decompress(in, head, raw, counted)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	f.length = &lengthBound{r: content, limit: maxRecord, lines: true, name: in.name}
	f.Reader = bufio.NewReaderSize(f.length, block)
	if head, err = beginning(f.Reader, in.at == nil); err == nil {
		err = f.checkText(head)
	} else if !named(err) {
		err = fmt.Errorf("read %s: %w", in.name, err)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// named says whether an error is of this package, and so names the file.
func named(err error) bool {
	return slices.ContainsFunc(kinds, func(kind error) bool { return errors.Is(err, kind) })
}

// beginning is the first block without reading it away; of a stream at most what comes
// with its first line, since who writes it may wait for an answer.
func beginning(r *bufio.Reader, stream bool) ([]byte, error) {
	for want := 1; ; want = r.Buffered() + 1 {
		head, err := r.Peek(min(want, block))
		if err == nil {
			head, err = r.Peek(r.Buffered())
		}
		switch {
		case err != nil && !errors.Is(err, io.EOF):
			return nil, err
		case err != nil, len(head) >= block, stream && bytes.IndexByte(head, '\n') >= 0:
			return head, nil
		}
	}
}

// Close closes the file; a stream stays open.
func (f *File) Close() error {
	var errs []error
	for _, end := range f.close {
		errs = append(errs, end())
	}
	f.close = nil
	return errors.Join(errs...)
}

// Inner is the base name of what is inside: data.csv of data.csv.gz, and of an archive
// the name of its file.
func (f *File) Inner() string { return f.inner }

// Line is the number of lines that ReadLine has returned.
func (f *File) Line() int { return f.line }

// ReadLine is the next line without its end, LF or CRLF, then io.EOF.
func (f *File) ReadLine() (string, error) {
	line, err := f.ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		if named(err) {
			return "", err
		}
		return "", fmt.Errorf("read %s: %w", f.name, err)
	}
	if line == "" {
		return "", io.EOF
	}
	f.line++
	return strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"), nil
}

// Waiting says whether a whole line is there already, so that reading it waits for nobody.
func (f *File) Waiting() bool {
	ready, _ := f.Peek(f.Buffered()) // what is buffered can be had
	return bytes.IndexByte(ready, '\n') >= 0
}

// BeginsArray says whether what is buffered of a text, of which nothing has been read, begins with a JSON array.
func BeginsArray(r *bufio.Reader) bool {
	head, _ := r.Peek(r.Buffered()) // what is buffered can be had
	return bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte("["))
}

// BoundRecords has the bound on a line's length hold for records instead, which begin
// where StartRecord says: a record of CSV may have many lines, a JSON array one.
func (f *File) BoundRecords() { f.length.lines = false }

// StartRecord says that a record begins.
func (f *File) StartRecord() { f.length.used = 0 }

// Unbound takes the bound away, for formats in which lines mean nothing.
func (f *File) Unbound() { f.length.limit = math.MaxInt }

// WithoutEnding is a name without the ending of a compressed file: data.csv of data.csv.gz.
func WithoutEnding(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".gz", ".gzip", ".zst", ".zstd", ".bz2", ".zip":
		return strings.TrimSuffix(name, path.Ext(name))
	}
	return name
}
