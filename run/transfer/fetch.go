package transfer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats.go"

	"ringmaster/durable"
)

// answerTimeout is how long one piece may take before it is asked for again.
const answerTimeout = 5 * time.Second

// Obtain returns a folder on this machine with f's files: f.Path itself where they
// stand there unchanged, else cacheDir/ID, fetched from the owner if need be.
func Obtain(ctx context.Context, nc *nats.Conn, subject string, f Folder, cacheDir string) (string, error) {
	if f.check(f.Path) == nil {
		return f.Path, nil
	}
	dir := filepath.Join(cacheDir, f.ID)
	if f.check(dir) == nil {
		return dir, nil
	}
	return dir, Fetch(ctx, nc, subject, f, dir)
}

// Fetch pulls f's files into dir, which appears complete or not at all; a folder that
// stands there is replaced.
func Fetch(ctx context.Context, nc *nats.Conn, subject string, f Folder, dir string) error {
	draft, err := durable.NewFolder(dir)
	if err != nil {
		return err
	}
	defer os.RemoveAll(draft) // nothing is there once it is in place
	for _, file := range f.Files {
		if filepath.Base(file.Name) != file.Name {
			return fmt.Errorf("%w: %q", ErrBadName, file.Name)
		}
		if err := fetchFile(ctx, nc, subject, f.ID, file, draft); err != nil {
			return fmt.Errorf("fetch %s: %w", file.Name, err)
		}
	}
	if err := f.check(draft); err != nil {
		return err
	}
	return durable.PutFolder(draft, dir)
}

func fetchFile(ctx context.Context, nc *nats.Conn, subject, folder string, file File, dir string) error {
	return durable.CreateFile(filepath.Join(dir, file.Name), func(out io.Writer) error {
		for offset := int64(0); offset < file.Size; {
			piece, err := fetchPiece(ctx, nc, subject, ask{folder, file.Name, offset})
			if err != nil {
				return err
			}
			if len(piece) == 0 {
				return fmt.Errorf("%w: %s ends at byte %d of %d", ErrDamaged, file.Name, offset, file.Size)
			}
			if _, err := out.Write(piece); err != nil {
				return err
			}
			offset += int64(len(piece))
		}
		return nil
	})
}

// fetchPiece asks until it is answered or ctx ends.
func fetchPiece(ctx context.Context, nc *nats.Conn, subject string, q ask) ([]byte, error) {
	question, err := json.Marshal(q)
	if err != nil {
		return nil, err
	}
	for {
		once, cancel := context.WithTimeout(ctx, answerTimeout)
		reply, err := nc.RequestWithContext(once, subject, question)
		cancel()
		switch {
		case err == nil && reply.Header.Get(errorHeader) != "":
			return nil, fmt.Errorf("%w: %s", ErrRefused, reply.Header.Get(errorHeader))
		case err == nil:
			return reply.Data, nil
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case errors.Is(err, context.DeadlineExceeded):
		default:
			return nil, err
		}
	}
}
