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

// HTTPTokenFile is the token that admits to the endpoint whoever can read the run directory.
func (l Layout) HTTPTokenFile() string { return l.join("http.token") }

// StatusFile is the last status document, which a coordinator leaves when it ends.
func (l Layout) StatusFile() string { return l.join("status.json") }

// ReadHTTP is the URL of the coordinator's HTTP endpoint, and a token that admits there;
// fs.ErrNotExist where there is none.
func (l Layout) ReadHTTP() (at, token string, err error) {
	text, err := os.ReadFile(l.HTTPFile())
	if err != nil {
		return "", "", fmt.Errorf("run directory: %w", err)
	}
	at = strings.TrimSpace(string(text))
	if u, err := url.Parse(at); err != nil || u.Host == "" || strings.ContainsAny(at, " \t") {
		return "", "", fmt.Errorf("%s: %w: it is not one URL", l.HTTPFile(), ErrDamaged)
	}
	secret, err := os.ReadFile(l.HTTPTokenFile())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", "", fmt.Errorf("run directory: %w", err)
	}
	return at, strings.TrimSpace(string(secret)), nil
}

// WriteHTTP says where the HTTP endpoint is, and which token admits there.
func (d *Dir) WriteHTTP(at, token string) error {
	for path, line := range map[string]string{d.HTTPFile(): at, d.HTTPTokenFile(): token} {
		if err := d.replaceAs(path, 0o600, func(w io.Writer) error {
			_, err := fmt.Fprintln(w, line)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// WriteStatus leaves the last status document.
func (d *Dir) WriteStatus(write func(io.Writer) error) error { return d.replace(d.StatusFile(), write) }

// RemoveHTTP is called when the endpoint is closed.
func (d *Dir) RemoveHTTP() error { return errors.Join(remove(d.HTTPFile()), remove(d.HTTPTokenFile())) }

// RemoveStatus is called when a run goes on that has ended before.
func (d *Dir) RemoveStatus() error { return remove(d.StatusFile()) }

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("run directory: %w", err)
	}
	return nil
}
