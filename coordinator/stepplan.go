package coordinator

import "ringmaster/run/plan"

// stepPlan is a stage's plan with the steps under way at hand: a plan walks forward
// cheaply and back from its beginning, and steps are asked for when they are dealt, dealt
// anew, and committed.
type stepPlan struct {
	stage *plan.Stage
	known map[int]plan.Step
}

func newStepPlan(stage *plan.Stage) *stepPlan {
	return &stepPlan{stage: stage, known: map[int]plan.Step{}}
}

func (p *stepPlan) step(n int) (plan.Step, error) {
	if step, ok := p.known[n]; ok {
		return step, nil
	}
	step, err := p.stage.Step(n)
	if err == nil {
		p.known[n] = step
	}
	return step, err
}

// forget drops the steps before n.
func (p *stepPlan) forget(n int) {
	for known := range p.known {
		if known < n {
			delete(p.known, known)
		}
	}
}
