package progress

import (
	"os"
	"time"

	"golang.org/x/term"
)

// ForFile are the options that suit f: live where it is a terminal that understands
// escape sequences, with that terminal's width.
func ForFile(f *os.File, now func() time.Time) Options {
	fd := int(f.Fd())
	return Options{
		Now:  now,
		Live: term.IsTerminal(fd) && os.Getenv("TERM") != "dumb",
		Width: func() int {
			width, _, err := term.GetSize(fd)
			if err != nil {
				return 0 // not known: New's default
			}
			return width
		},
	}
}
