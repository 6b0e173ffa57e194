package transfer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"ringmaster/durable"
)

// TakeOptions say where a tree is taken to, and how.
type TakeOptions struct {
	Dir string // is made where it is missing
	// Replace lets files take the place of others that have another content; else that is
	// ErrOthers, and nothing is taken.
	Replace bool
	// Progress hears how many of all bytes are here; nil is not called.
	Progress func(here, all int64)
}

// Take takes the tree that the other end of a pipe gives (Give) into a folder. Each file gets its
// name when it is whole and has its checksum; one that is here already is not taken again, and
// what a cut (ErrCut) leaves of one is gone on from. It gives the tree's files. Who ends ctx
// closes the pipe too.
func Take(ctx context.Context, conn io.ReadWriter, o TakeOptions) ([]File, error) {
	p, err := newPipe(conn)
	if err != nil {
		return nil, err
	}
	files, err := p.take(ctx, o)
	if errors.Is(err, ErrCut) || errors.Is(err, ErrNotOurs) {
		return nil, err // nobody is there to be told
	}
	done := question{Part: donePart}
	if err != nil {
		done.Name = err.Error()
	}
	_, told := p.ask(ctx, done)
	return files, errors.Join(err, told)
}

func (p *pipe) take(ctx context.Context, o TakeOptions) ([]File, error) {
	text, err := p.ask(ctx, question{Part: listPart})
	if err != nil {
		return nil, err
	}
	var files []File
	if err := json.Unmarshal(text, &files); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotOurs, err)
	}
	if err := checkTree(files); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, err
	}
	missing, err := o.missing(files)
	if err != nil {
		return nil, err
	}
	all := bytesOf(files)
	here := all
	for _, i := range missing {
		here -= files[i].Size - min(arrived(o.at(files[i])), files[i].Size)
	}
	if err := durable.NeedRoom(o.Dir, all-here); err != nil {
		return nil, err
	}
	progress := func(n int64) {
		if here += n; o.Progress != nil {
			o.Progress(min(here, all), all)
		}
	}
	progress(0)
	for _, i := range missing {
		if err := makeParent(o.Dir, files[i].Name); err != nil {
			return nil, err
		}
		if err := fetchFile(ctx, files[i], asked{p, i}, o.Dir, progress); err != nil {
			return nil, fmt.Errorf("%s: %w", files[i].Name, err)
		}
	}
	return files, nil
}

func (o TakeOptions) at(f File) string { return filepath.Join(o.Dir, filepath.FromSlash(f.Name)) }

// mostNamed is how many files an error names.
const mostNamed = 5

// missing are the positions of the files that are not here as they should be.
func (o TakeOptions) missing(files []File) (missing []int, err error) {
	var others []string
	for i, f := range files {
		info, err := os.Lstat(o.at(f))
		switch {
		case errors.Is(err, os.ErrNotExist):
			missing = append(missing, i)
			continue
		case err != nil:
			return nil, err
		case !info.Mode().IsRegular():
			return nil, fmt.Errorf("%w: %s is not a regular file here", ErrBadName, o.at(f))
		}
		if info.Size() == f.Size {
			sum, err := durable.Sum(o.at(f))
			if err != nil {
				return nil, err
			}
			if sum.SHA256 == f.SHA256 {
				continue
			}
		}
		missing, others = append(missing, i), append(others, f.Name)
	}
	if len(others) > 0 && !o.Replace {
		more := ""
		if len(others) > mostNamed {
			others, more = others[:mostNamed], fmt.Sprintf(" and %d more", len(others)-mostNamed)
		}
		return nil, fmt.Errorf("%w in %s: %s%s: a run may be reading them; use --replace to replace them, or another folder", ErrOthers, o.Dir, strings.Join(others, ", "), more)
	}
	return missing, nil
}
