package credentials

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"ringmaster/durable"
	"ringmaster/inputfile"
)

// Names of the files in a folder of credentials.
const (
	SeedFile  = "seed"
	TokenFile = "token"
)

// maxFile bounds a file that holds one secret.
const maxFile = 4 << 10

// Write makes a folder with a file for the seed and one for the token, for their owner alone. It
// replaces none.
func (a *Authority) Write(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("%w: %w", ErrFile, err)
	}
	for name, text := range map[string]string{SeedFile: a.Seed(), TokenFile: a.token.Text()} {
		path := filepath.Join(dir, name)
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if os.IsExist(err) {
			return fmt.Errorf("%w: %s is there already; give another folder, or remove it", ErrFile, path)
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrFile, err)
		}
		_, err = f.WriteString(text + "\n")
		if closed := f.Close(); err == nil {
			err = closed
		}
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrFile, path, err)
		}
	}
	return durable.SyncFolder(dir)
}

// ReadAuthority reads the seed in a folder of credentials.
func ReadAuthority(dir string) (*Authority, error) {
	path := filepath.Join(dir, SeedFile)
	text, err := ReadSecret(path)
	if err != nil {
		return nil, err
	}
	a, err := ParseSeed(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return a, nil
}

// ReadSecret reads a file that holds one line, such as a token, or a URL with a token.
func ReadSecret(path string) (string, error) {
	f, err := inputfile.Open(path)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrFile, err)
	}
	defer f.Close() // opened for reading only
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return "", fmt.Errorf("%w: %s: %w", ErrFile, path, err)
	}
	line := strings.TrimSpace(string(text))
	if line == "" || len(text) > maxFile || strings.ContainsAny(line, "\r\n") {
		return "", fmt.Errorf("%w: %s is not one line of text", ErrFile, path)
	}
	return line, nil
}

// Invitation is a join file: all that a worker on another machine needs.
type Invitation struct {
	URL   string // may hold what a NATS server of somebody else asks for
	Token string
}

const joinHeader = "# For workers of one run of Ringmaster: ringmaster worker --join FILE. Keep it secret."

// WriteInvitation writes a join file, for its owner alone.
func WriteInvitation(path string, i Invitation) error {
	return durable.WriteFile(path, 0o600, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s\nnats %s\ntoken %s\n", joinHeader, i.URL, i.Token)
		return err
	})
}

// ReadInvitation reads a join file.
func ReadInvitation(path string) (i Invitation, err error) {
	f, err := inputfile.Open(path)
	if err != nil {
		return i, fmt.Errorf("%w: %w", ErrFile, err)
	}
	defer f.Close() // opened for reading only
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return i, fmt.Errorf("%w: %s: %w", ErrFile, path, err)
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch name {
		case "nats":
			i.URL = value
		case "token":
			i.Token = value
		}
	}
	if i.URL == "" || i.Token == "" || len(text) > maxFile {
		return Invitation{}, fmt.Errorf("%w: %s is not a join file: copy RUN_DIR/join of the coordinator's machine", ErrFile, path)
	}
	return i, nil
}
