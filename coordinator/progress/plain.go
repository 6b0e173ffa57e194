package progress

import (
	"fmt"
	"time"
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
	p.out.print(fmt.Sprintf("%s: %d steps\n", v.head(), v.stage.Steps))
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

func (p *plain) done(v view) { p.out.print(doneLine(v) + "\n") }

func (p *plain) message(text string) { p.out.print(text + "\n") }

func (p *plain) close() error { return p.out.err }

// doneLine is what stays of a stage.
func doneLine(v view) string {
	took := fmt.Sprintf("%s done: %s steps in %s", v.head(), v.count(), duration(v.elapsed))
	return join(took, v.lossText(len(v.losses)), v.rateText())
}
