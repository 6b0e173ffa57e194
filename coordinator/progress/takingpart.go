package progress

import "fmt"

// TakingPart keeps how many workers took part in the steps of the training stages, to say
// where they were fewer than was asked for.
type TakingPart struct {
	Asked int
	spans []span
}

// span is a run of steps of one stage that were done by the same number of workers.
type span struct {
	stage           string
	from, to, world int // steps count from 0, to is included
}

// Step takes a committed step. Where a stage went back, its steps come again, and what was
// known of them is forgotten.
func (p *TakingPart) Step(stage string, step, world int) {
	for n := len(p.spans) - 1; n >= 0 && p.spans[n].stage == stage && p.spans[n].to >= step; n-- {
		if p.spans[n].to = step - 1; p.spans[n].from >= step {
			p.spans = p.spans[:n]
		}
	}
	if n := len(p.spans); n > 0 && p.spans[n-1].stage == stage && p.spans[n-1].world == world && p.spans[n-1].to == step-1 {
		p.spans[n-1].to = step
		return
	}
	p.spans = append(p.spans, span{stage, step, step, world})
}

// fewerShown is how many spans a summary names.
const fewerShown = 5

// Fewer says for each stage in which steps fewer workers took part than were asked for; it is
// empty where there are none.
func (p *TakingPart) Fewer() (lines []string) {
	more := 0 // steps
	for _, s := range p.spans {
		switch {
		case s.world >= p.Asked:
		case len(lines) == fewerShown:
			more += s.to - s.from + 1
		default:
			lines = append(lines, fmt.Sprintf("%d of %d workers took part %s of %s", s.world, p.Asked, s.steps(), s.stage))
		}
	}
	if more > 0 {
		lines = append(lines, fmt.Sprintf("and fewer than %d in %d more steps", p.Asked, more))
	}
	return lines
}

// steps names them as a person counts, from 1.
func (s span) steps() string {
	if s.from == s.to {
		return fmt.Sprintf("in step %d", s.from+1)
	}
	return fmt.Sprintf("in steps %d to %d", s.from+1, s.to+1)
}
