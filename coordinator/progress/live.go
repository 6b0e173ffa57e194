package progress

import (
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"
)

const (
	// redrawEvery keeps fast steps from flooding a terminal.
	redrawEvery = 100 * time.Millisecond

	defaultWidth = 80
	longBar      = 24
	shortBar     = 10

	toLineStart = "\r"
	clearToEnd  = "\x1b[K" // ECMA-48 EL: erase from the cursor to the end of the line
)

// live keeps one line at the bottom of a terminal. Every drawing is a single write that
// covers the old line and then erases what is left of it, which does not flicker.
type live struct {
	out   writer
	width func() int

	shown bool // a line stands and is not ended
	last  view
	drawn time.Time
}

func (l *live) started(v view) { l.draw(v) }

func (l *live) stepped(v view, now time.Time) {
	l.last = v
	if v.finished < v.stage.Steps && now.Sub(l.drawn) < redrawEvery {
		return
	}
	l.drawn = now
	l.draw(v)
}

func (l *live) draw(v view) {
	l.last, l.shown = v, true
	l.out.print(toLineStart + fit(v, l.columns()) + clearToEnd)
}

func (l *live) done(v view) {
	l.shown = false
	l.out.print(toLineStart + clearing(doneLine(v, l.columns())) + clearToEnd + "\n")
}

func (l *live) message(text string) {
	if !l.shown {
		l.out.print(text + "\n")
		return
	}
	l.out.print(toLineStart + clearing(text) + clearToEnd + "\n" + fit(l.last, l.columns()) + clearToEnd)
}

// clearing has each line but the last erase what is left of the live line under it.
func clearing(text string) string { return strings.ReplaceAll(text, "\n", clearToEnd+"\n") }

func (l *live) close() error {
	if l.shown {
		l.shown = false
		l.out.print("\n")
	}
	return l.out.err
}

// columns leaves the last column free: many terminals wrap when it is written.
func (l *live) columns() int {
	width := defaultWidth
	if l.width != nil {
		if w := l.width(); w > 0 {
			width = w
		}
	}
	return width - 1
}

// fit is the fullest form of the line that is at most width columns: what matters least
// goes first.
func fit(v view, width int) string {
	all := len(v.losses)
	forms := []func() string{
		func() string {
			return join(v.head(), bar(v.share(), longBar), v.count(), v.lambdaText(), v.lossText(all), v.rateText(), v.ringText(), v.leftText())
		},
		func() string {
			return join(v.head(), bar(v.share(), shortBar), v.count(), v.lambdaText(), v.lossText(all), v.rateText(), v.ringText(), v.leftText())
		},
		func() string {
			return join(v.head(), bar(v.share(), shortBar), v.count(), v.lambdaText(), v.lossText(all), v.rateText(), v.leftText())
		},
		func() string {
			return join(v.head(), v.count(), v.lambdaText(), v.lossText(all), v.leftText())
		},
		func() string {
			return join(v.head(), bar(v.share(), shortBar), v.count(), v.lambdaText(), v.lossText(1), v.leftText())
		},
		func() string { return join(v.head(), v.count(), v.lambdaText(), v.lossText(1), v.leftText()) },
		func() string { return join(v.head(), v.count(), v.leftText()) },
		func() string { return join(v.head(), v.count()) },
		func() string { return v.count() },
	}
	for _, form := range forms {
		if line := form(); columns(line) <= width {
			return line
		}
	}
	return text.Trim(v.count(), max(0, width))
}

func bar(share float64, length int) string {
	full := int(share * float64(length))
	return strings.Repeat("━", full) + strings.Repeat("─", length-full)
}
