package data

import (
	"errors"
	"fmt"

	"ringmaster/config"
	"ringmaster/data/textfile"
)

// source yields the records of one file, then io.EOF. Other errors end the file.
type source interface {
	next() (record, error)
}

// openSource is a source and the file it reads.
type openSource struct {
	source
	file interface{ Close() error }
	text *textfile.File // nil: no text, but Parquet
}

func (s *openSource) Close() error { return s.file.Close() }

// open opens a file with the reader that fits the declared format.
func (d *declaration) open(path string) (*openSource, error) { return d.openAt(d.at(path), path) }

func (d *declaration) openAt(at, path string) (*openSource, error) {
	if d.Format == config.Parquet {
		s, err := openParquet(d, at, path)
		if err != nil {
			return nil, err
		}
		return &openSource{source: s, file: s}, nil
	}
	text, err := textfile.Open(at, path)
	if err != nil {
		return nil, err
	}
	return d.read(path, text)
}

// read reads an open text in the declared format; it closes the text if it cannot.
func (d *declaration) read(path string, text *textfile.File) (*openSource, error) {
	s := &openSource{file: text, text: text}
	var err error
	switch d.Format {
	case config.CSV:
		s.source, err = newCSV(d, path, text)
	case config.TSV:
		s.source, err = newTSV(d, path, text)
	case config.Lines, config.Paragraphs:
		s.source = &plainSource{text: text, paragraphs: d.Format == config.Paragraphs, every: d.everyLine}
	case config.JSONL, config.JSON:
		o := objects{d: d, path: path, seen: map[string]int{}}
		if textfile.BeginsArray(text.Reader) {
			s.source = newArray(o, text)
		} else {
			s.source = &jsonlSource{text: text, objects: o}
		}
	default: // a format that was added to config alone
		err = fmt.Errorf("%w: format %q has no reader", ErrDeclaration, d.Format)
	}
	if err != nil {
		return nil, errors.Join(err, text.Close())
	}
	return s, nil
}
