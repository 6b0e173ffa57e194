package screen

import (
	"regexp"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
)

// Wrap breaks each line of a text between words, so that it is at most width columns wide,
// and begins what it broke off with indent. A word that is wider, as a path may be, stays
// whole: who copies it is to have all of it. A width below 1 breaks nothing.
func Wrap(s string, width int, indent string) string {
	if width < 1 {
		return s
	}
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = wrapLine(line, width, indent)
	}
	return strings.Join(lines, "\n")
}

// Hang wraps each line of a text, and sets what it broke off in: below where the line's own text begins, where that has a name before
// it as in "  train      120 (…)", else by two columns.
func Hang(s string, width int) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		indent := "  "
		if name := named.FindString(line); name != "" {
			indent = strings.Repeat(" ", columns(name))
		}
		lines[i] = Wrap(line, width, indent)
	}
	return strings.Join(lines, "\n")
}

// named is a line's name and the spaces around it.
var named = regexp.MustCompile(`^  \S+ +`)

func wrapLine(line string, width int, indent string) string {
	if columns(line) <= width {
		return line
	}
	var b strings.Builder
	taken, any := 0, false // columns of the current line, and whether it has a word
	for i, word := range strings.Split(line, " ") {
		wide := columns(word)
		switch {
		case i == 0:
		case any && word != "" && taken+1+wide > width:
			b.WriteString("\n" + indent)
			taken, any = columns(indent), false
		default:
			b.WriteByte(' ')
			taken++
		}
		b.WriteString(word)
		taken += wide
		any = any || word != ""
	}
	return trimLines(b.String())
}

// columns is the width of a text in a terminal.
func columns(s string) int { return text.StringWidthWithoutEscSequences(s) }

// trimLines takes the spaces off the ends of lines.
func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
}
