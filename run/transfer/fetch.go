package transfer

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/nats-io/nats.go"

	"ringmaster/durable"
)

// Obtain returns a folder on this machine with f's files: f.Path itself where they
// stand there unchanged, else cacheDir/ID, fetched from the owner if need be.
func Obtain(ctx context.Context, nc *nats.Conn, subject string, f Folder, cacheDir string) (string, error) {
	if err := f.Check(); err != nil {
		return "", err
	}
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
	if err := f.Check(); err != nil {
		return err
	}
	draft, err := durable.NewFolder(dir)
	if err != nil {
		return err
	}
	defer os.RemoveAll(draft) // nothing is there once it is in place
	owner := remote{nc: nc, subject: subject, name: f.ID}
	for i, file := range f.Files {
		if err := fetchFile(file, remotePart{owner, ctx, i}, draft); err != nil {
			return fmt.Errorf("fetch %s: %w", file.Name, err)
		}
	}
	if err := f.check(draft); err != nil {
		return err
	}
	return durable.PutFolder(draft, dir)
}

// fetchFile pulls a part into a new file of dir.
func fetchFile(file File, part io.ReaderAt, dir string) error {
	return durable.CreateFile(filepath.Join(dir, file.Name), func(out io.Writer) error {
		_, err := io.CopyBuffer(out, io.NewSectionReader(part, 0, file.Size), make([]byte, pieceBytes))
		return err
	})
}
