package screen

import (
	"os"
	"strconv"

	"golang.org/x/term"
)

// DefaultWidth is how many columns are taken for granted where nobody says.
const DefaultWidth = 80

// Width is how many columns there are where f is shown: the terminal's own number, else what
// COLUMNS says, else DefaultWidth.
func Width(f *os.File) int {
	if width, ok := TerminalWidth(f); ok {
		return width
	}
	if width, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && width > 0 {
		return width
	}
	return DefaultWidth
}

// TerminalWidth is the width of the terminal that f is; ok is false for a file or a pipe.
func TerminalWidth(f *os.File) (width int, ok bool) {
	fd := int(f.Fd())
	if !term.IsTerminal(fd) {
		return 0, false
	}
	width, _, err := term.GetSize(fd)
	return width, err == nil && width > 0
}
