package progress

import (
	"os"
	"time"

	"golang.org/x/term"

	"ringmaster/screen"
)

// ForFile are the options that suit f: live where it is a terminal that understands
// escape sequences, with that terminal's width.
func ForFile(f *os.File, now func() time.Time) Options {
	return Options{
		Now:  now,
		Live: term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb",
		Width: func() int {
			width, _ := screen.TerminalWidth(f) // 0: not known
			return width
		},
	}
}
