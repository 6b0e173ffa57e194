package reproduce

import (
	"cmp"
	"fmt"

	"ringmaster/config"
	"ringmaster/coordinator/job"
	"ringmaster/kinds"
	"ringmaster/run/directory"
	"ringmaster/run/metrics"
)

// Measure names the score by which runs are compared and chosen, the main score of the target's kind; empty is F1.
type Measure string

// measureOf is the measure of tasks of a kind.
func measureOf(kind config.Kind) Measure { return Measure(directory.MeasureName(kinds.Main(kind))) }

// mainOf is the main score, with its measure.
func mainOf(s metrics.Scores) (Measure, float64) {
	name, score := s.Main()
	return Measure(directory.MeasureName(name)), score
}

// Name is the measure in words.
func (m Measure) Name() string { return cmp.Or(string(m), "F1") }

// Scale is what a score is multiplied by to be shown: 100 for shares, 1 for correlations and kappa.
func (m Measure) Scale() float64 { return metrics.Percent(m.Name()) }

// Shown is a score for a person, – for nil.
func (m Measure) Shown(score *float64) string {
	if score == nil {
		return "–"
	}
	return metrics.ShownScore(m.Name(), *score)
}

// Signed is a difference of scores for a person.
func (m Measure) Signed(difference float64) string {
	text := m.Shown(&difference)
	if difference >= 0 {
		return "+" + text
	}
	return text
}

// In says how scores are shown.
func (m Measure) In() string {
	if m.Scale() == 1 {
		return ""
	}
	return ", in percent"
}

// judged says what a run is judged by: its target and that one's measure. Runs that are judged by different things cannot
// be compared.
func judged(j *job.Job) string {
	target := j.EvalTask()
	return fmt.Sprintf("%s of %s", measureOf(target.Kind).Name(), target.Name)
}
