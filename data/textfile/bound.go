package textfile

import (
	"bytes"
	"io"

	"ringmaster/errkind"
)

const (
	// maxRecord is the longest line or record, in bytes.
	maxRecord = 64 << 20
	// freely is how much a compressed file may give whatever its size, and most how many
	// times its size it may give beyond. Text shrinks to a tenth or so; what a bomb is made
	// of to a thousandth.
	freely = 64 << 20
	most   = 100
)

// countingReader counts what is read through it.
type countingReader struct {
	r io.Reader
	n int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// expandBound refuses what expands too far, and names the file in a decompressor's errors.
type expandBound struct {
	r    io.Reader
	name string
	size func() int64 // of what it came from
	n    int64
}

func (b *expandBound) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.n += int64(n)
	if b.n > freely && b.n > most*b.size() {
		return 0, errkind.Errorf(ErrExpands, "%s expands to more than %d MiB, over %d times its own size, so reading stopped: if that is intended, decompress it and name the decompressed file",
			b.name, b.n>>20, most)
	}
	if err != nil && err != io.EOF { //nolint:errorlint // a reader's end is io.EOF itself; a wrapped one is a failure
		err = undone(b.name, err)
	}
	return n, err
}

func undone(name string, err error) error {
	return errkind.Errorf(ErrCompressed, "%s cannot be decompressed: %w: it is damaged or cut short, so fetch it again", name, err)
}

// lengthBound refuses a line, or a record, that would fill memory.
type lengthBound struct {
	r     io.Reader
	name  string
	limit int
	lines bool // a line break starts anew
	used  int
}

func (b *lengthBound) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.used += n
	if at := bytes.LastIndexByte(p[:n], '\n'); b.lines && at >= 0 {
		b.used = n - at - 1
	}
	if b.used > b.limit {
		what := "record"
		if b.lines {
			what = "line"
		}
		return 0, errkind.Errorf(ErrTooLong, "%s has a %s of more than %d MiB: is it in the declared format?", b.name, what, b.limit>>20)
	}
	return n, err
}
