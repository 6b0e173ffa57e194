package reproduce

import (
	"fmt"
	"time"
)

// pace estimates the time that is left from what finished cells took: a row's own cells
// where there are any, else the steps of all.
type pace struct {
	seconds, cells map[string]float64 // by row
	allSeconds     float64
	allSteps       float64
}

func newPace() *pace { return &pace{seconds: map[string]float64{}, cells: map[string]float64{}} }

func (p *pace) finished(row string, steps int, seconds float64) {
	if seconds <= 0 { // found, not computed
		return
	}
	p.seconds[row] += seconds
	p.cells[row]++
	p.allSeconds += seconds
	p.allSteps += float64(steps)
}

// left is ", about 2h05m0s left", or nothing while nothing is known.
func (p *pace) left(missing []planned) string {
	if p.allSteps == 0 {
		return ""
	}
	total := 0.0
	for _, c := range missing {
		if n := p.cells[c.name]; n > 0 {
			total += p.seconds[c.name] / n
		} else {
			total += p.allSeconds / p.allSteps * float64(c.steps)
		}
	}
	precision := time.Minute
	if total < 600 {
		precision = time.Second
	}
	return fmt.Sprintf(" (about %s left)", time.Duration(total*float64(time.Second)).Round(precision))
}
