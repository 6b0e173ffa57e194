package progress

import (
	"fmt"
	"time"

	"ringmaster/screen"
)

const (
	// A plain line is printed each tenth of a stage, and each half minute.
	linesPerStage = 10
	lineEvery     = 30 * time.Second
)

// plain prints lines, for files and logs.
type plain struct {
	out     writer
	printed time.Time
	tenth   int // of the stage, at the last printed line
	any     bool
}

func (p *plain) started(v view) {
	p.any = false
	p.out.print(fmt.Sprintf("%s: %s\n", v.head(), screen.Count(v.stage.Steps, "step", "steps")))
}

func (p *plain) stepped(v view, now time.Time) {
	tenth := 0
	if v.stage.Steps > 0 {
		tenth = v.finished * linesPerStage / v.stage.Steps
	}
	due := !p.any || v.finished >= v.stage.Steps || tenth > p.tenth || now.Sub(p.printed) >= lineEvery
	if !due {
		return
	}
	p.any, p.tenth, p.printed = true, tenth, now
	count := fmt.Sprintf("%s (%.0f%%)", v.count(), 100*v.share())
	p.out.print(join(v.head(), count, v.lambdaText(), v.lossText(len(v.losses)), v.rateText(), v.ringText(), v.leftText()) + "\n")
}

func (p *plain) done(v view) { p.out.print(doneLine(v, 0) + "\n") }

func (p *plain) message(text string) { p.out.print(text + "\n") }

func (p *plain) close() error { return p.out.err }

// doneLine is what stays of a stage: one line, or, where that is wider than so many columns,
// as many as its parts need. A width of 0 is none.
func doneLine(v view, width int) string {
	line := fmt.Sprintf("%s done: %s %s in %s", v.head(), v.count(), screen.Noun(v.stage.Steps, "step", "steps"), duration(v.elapsed))
	taken := columns(line)
	for _, part := range []string{v.lossText(len(v.losses)), v.rateText()} {
		switch {
		case part == "":
		case width > 0 && taken+2+columns(part) > width:
			line, taken = line+"\n  "+part, 2+columns(part)
		default:
			line, taken = line+"  "+part, taken+2+columns(part)
		}
	}
	return line
}
