package directory

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"strings"
)

// HTTPFile is where the coordinator's HTTP endpoint is, while it runs: one line, a URL.
func (l Layout) HTTPFile() string { return l.join("http") }

// StatusFile is the last status document, which a coordinator leaves when it ends.
func (l Layout) StatusFile() string { return l.join("status.json") }

// ReadHTTP is the URL of the coordinator's HTTP endpoint; fs.ErrNotExist where there is none.
func (l Layout) ReadHTTP() (string, error) {
	text, err := os.ReadFile(l.HTTPFile())
	if err != nil {
		return "", fmt.Errorf("run directory: %w", err)
	}
	at := strings.TrimSpace(string(text))
	if u, err := url.Parse(at); err != nil || u.Host == "" || strings.ContainsAny(at, " \t") {
		return "", fmt.Errorf("%s: %w: it is not one URL", l.HTTPFile(), ErrDamaged)
	}
	return at, nil
}

// WriteHTTP says where the HTTP endpoint is.
func (d *Dir) WriteHTTP(at string) error {
	return d.replaceAs(d.HTTPFile(), 0o600, func(w io.Writer) error {
		_, err := fmt.Fprintln(w, at)
		return err
	})
}

// WriteStatus leaves the last status document.
func (d *Dir) WriteStatus(write func(io.Writer) error) error { return d.replace(d.StatusFile(), write) }

// RemoveHTTP is called when the endpoint is closed.
func (d *Dir) RemoveHTTP() error { return remove(d.HTTPFile()) }

// RemoveStatus is called when a run goes on that has ended before.
func (d *Dir) RemoveStatus() error { return remove(d.StatusFile()) }

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("run directory: %w", err)
	}
	return nil
}
