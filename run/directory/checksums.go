package directory

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ringmaster/durable"
	"ringmaster/inputfile"
)

// ChecksumsFile is the list of a checkpoint's files in the form of sha256sum, so that
// `sha256sum -c checksums.sha256` verifies it too.
const ChecksumsFile = "checksums.sha256"

// CheckpointWriter adds files to a checkpoint that is being written.
type CheckpointWriter struct {
	dir  string
	sums []checksum
}

type checksum struct{ sum, name string }

// File adds a file. name is a plain file name, used once in the checkpoint (ErrFileName).
func (w *CheckpointWriter) File(name string, write func(io.Writer) error) error {
	if err := w.free(name); err != nil {
		return err
	}
	sum, err := durable.CreateSummed(filepath.Join(w.dir, name), write)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	w.sums = append(w.sums, checksum{sum.SHA256, name})
	return nil
}

// Take adds a file that lies on this machine, under its own name: as another name of the
// same file where the disk can do that, else as a copy. The file may be removed afterwards,
// by its owner, but not changed. It is brought to the disk, and must have the checksum
// (SHA-256 in hexadecimal): else it is ErrDamaged.
func (w *CheckpointWriter) Take(path, sha256 string) error {
	name := filepath.Base(path)
	if err := w.free(name); err != nil {
		return err
	}
	if err := inputfile.Check(path); err != nil {
		return err
	}
	place := filepath.Join(w.dir, name)
	if err := durable.TakeFile(path, place); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	got, err := durable.Sum(place)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if got.SHA256 != sha256 {
		return fmt.Errorf("%s: %w: its checksum does not match", path, ErrDamaged)
	}
	w.sums = append(w.sums, checksum{sha256, name})
	return nil
}

// free says whether a name can be given to a file.
func (w *CheckpointWriter) free(name string) error {
	plain := name != "" && name == filepath.Base(name) && filepath.IsLocal(name) && name != "." && !strings.ContainsAny(name, "\n\\")
	taken := name == ChecksumsFile || slices.ContainsFunc(w.sums, func(c checksum) bool { return c.name == name })
	if !plain || taken {
		return fmt.Errorf("%q: %w", name, ErrFileName)
	}
	return nil
}

// finish writes the checksums.
func (w *CheckpointWriter) finish() error {
	return durable.CreateFile(filepath.Join(w.dir, ChecksumsFile), func(out io.Writer) error {
		for _, c := range w.sums {
			if _, err := fmt.Fprintf(out, "%s  %s\n", c.sum, c.name); err != nil {
				return err
			}
		}
		return nil
	})
}

// Verify compares every file with its checksum. A file that differs, is missing, or is
// not in the list makes the checkpoint damaged: an error of ErrDamaged that names it.
func (c Checkpoint) Verify() error {
	sums, err := c.checksums()
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(c.Dir)
	if err != nil {
		return fmt.Errorf("run directory: %w", err)
	}
	for _, e := range entries {
		if _, listed := sums[e.Name()]; !listed && e.Name() != ChecksumsFile {
			return c.damaged("%s is not in the list of checksums", e.Name())
		}
	}
	for name, want := range sums {
		got, err := durable.Sum(filepath.Join(c.Dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			return c.damaged("%s is missing", name)
		}
		if err != nil {
			return fmt.Errorf("run directory: %w", err)
		}
		if got.SHA256 != want {
			return c.damaged("the checksum of %s does not match", name)
		}
	}
	return nil
}

func (c Checkpoint) checksums() (map[string]string, error) {
	f, err := os.Open(filepath.Join(c.Dir, ChecksumsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, c.damaged("%s is missing", ChecksumsFile)
	}
	if err != nil {
		return nil, fmt.Errorf("run directory: %w", err)
	}
	defer f.Close()
	sums := map[string]string{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		sum, name, ok := strings.Cut(lines.Text(), "  ")
		if !ok || name == "" || name != filepath.Base(name) {
			return nil, c.damaged("%s has an invalid line", ChecksumsFile)
		}
		sums[name] = sum
	}
	if err := lines.Err(); err != nil {
		return nil, c.damaged("%s: %v", ChecksumsFile, err)
	}
	return sums, nil
}

func (c Checkpoint) damaged(format string, args ...any) error {
	return fmt.Errorf("checkpoint %s: %w: %s", c.Dir, ErrDamaged, fmt.Sprintf(format, args...))
}

// SameContent says whether two files can be read and hold the same bytes.
func SameContent(a, b string) bool {
	one, err := durable.Sum(a)
	if err != nil {
		return false
	}
	other, err := durable.Sum(b)
	return err == nil && one == other
}
