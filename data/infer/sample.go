package infer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"ringmaster/data/textfile"
	"ringmaster/inputfile"
)

// pieces is from how many places, besides its beginning, a large file is sampled.
const pieces = 24

// sample is the text of a file that is looked at: all of it, or its beginning and pieces from all over it. Each
// piece begins and ends with a line.
type sample struct {
	pieces []string
	note   string // what was read, empty: everything
	share  float64
}

// takeSample reads at most limit bytes of a text. A file that is sorted by its label has one class at its
// beginning, so a file that can be read from any place is sampled all over.
func takeSample(file *textfile.File, s source, limit int) (*sample, error) {
	file.Unbound()
	head, err := io.ReadAll(io.LimitReader(file, int64(limit)+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", s.name, err)
	}
	if len(head) <= limit {
		return &sample{pieces: []string{string(head)}, share: 1}, nil
	}
	raw, err := inputfile.OpenNamed(s.at, s.name)
	if err != nil {
		return nil, err
	}
	defer raw.Close() // opened for reading only
	info, err := raw.Stat()
	if err != nil {
		return nil, err
	}
	begins := make([]byte, 256)
	if _, err := raw.ReadAt(begins, 0); err != nil {
		return nil, fmt.Errorf("read %s: %w", s.name, err)
	}
	if compressed := !bytes.Contains(begins, head[:128]); compressed {
		return &sample{
			pieces: []string{wholeLines(string(head))},
			note:   fmt.Sprintf("the first %d MiB of its text were read, which is compressed", limit>>20),
		}, nil
	}
	piece := limit / 2 / pieces
	taken := &sample{
		pieces: []string{wholeLines(string(head[:limit/2]))},
		note:   fmt.Sprintf("%d MiB of its %d MiB were read, from all over it", limit>>20, info.Size()>>20),
		share:  float64(limit) / float64(info.Size()),
	}
	buffer := make([]byte, piece)
	for i := range pieces {
		at := int64(limit/2) + (info.Size()-int64(limit/2)-int64(piece))*int64(i)/(pieces-1)
		n, err := raw.ReadAt(buffer, at)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("read %s: %w", s.name, err)
		}
		_, after, _ := strings.Cut(string(buffer[:n]), "\n")
		if lines := wholeLines(after); lines != "" {
			taken.pieces = append(taken.pieces, lines)
		}
	}
	return taken, nil
}

// wholeLines cuts off a last line that has no end.
func wholeLines(text string) string { return text[:strings.LastIndexByte(text, '\n')+1] }
