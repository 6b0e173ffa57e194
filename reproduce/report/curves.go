package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"ringmaster/run/directory"
	"ringmaster/run/metrics"
	"ringmaster/run/plan"
	"ringmaster/screen"
)

// curvePoints is how many points a curve has at most; more steps are averaged.
const curvePoints = 120

// stageCurves are the curves of one training stage.
type stageCurves struct {
	stage    string
	loss     []Series // a task each
	lambda   Series
	annealed bool
	valid    Series // F1 on the target's validation rows, in percent, where it was measured
	steps    int
	skipped  int // of the steps, without an update
	// delivered is which state was chosen; nil where none was.
	delivered *directory.Delivered
}

// readCurves reads the curves of a run's stages, in the order in which they were trained;
// the target's comes first.
func readCurves(l directory.Layout, target string) (stages []*stageCurves, err error) {
	byStage := map[string][]directory.Event{}
	var order []string
	_, err = l.ReadEvents(func(e directory.Event) error {
		if len(byStage[e.Stage]) == 0 {
			order = append(order, e.Stage)
		}
		byStage[e.Stage] = append(byStage[e.Stage], e)
		return nil
	})
	for _, name := range order {
		stages = append(stages, curvesOf(name, byStage[name], target))
	}
	if err != nil || len(stages) == 0 {
		return stages, err
	}
	record, _, err := l.ReadRecord()
	if err != nil {
		return stages, err
	}
	if d, student := record.Delivered, stages[len(stages)-1]; d != nil && student.stage == plan.StudentStage {
		student.valid.Points = append(student.valid.Points, Point{float64(student.steps), 100 * d.LastScore})
		student.delivered = d
	}
	return stages, nil
}

func curvesOf(name string, events []directory.Event, target string) *stageCurves {
	c := &stageCurves{stage: name, lambda: Series{Name: "λ"}, valid: Series{Name: "F1"}, steps: len(events)}
	index := map[string]int{}
	for _, e := range events {
		if e.Lost {
			continue
		}
		c.lambda.Points = append(c.lambda.Points, Point{float64(e.Step), e.Lambda})
		if v := e.Validation; v != nil {
			c.valid.Name = cmp.Or(v.Measure, "F1")
			c.valid.Points = append(c.valid.Points, Point{float64(v.Steps), v.F1 * metrics.Percent(c.valid.Name)})
		}
		if e.Skipped {
			c.skipped++
		}
		c.annealed = c.annealed || e.Lambda > 0 && e.Lambda < 1
		tasks := make([]string, 0, len(e.Loss))
		for task := range e.Loss {
			tasks = append(tasks, task)
		}
		slices.Sort(tasks)
		for _, task := range tasks {
			i, known := index[task]
			if !known {
				i = len(c.loss)
				index[task] = i
				c.loss = append(c.loss, Series{Name: task})
			}
			c.loss[i].Points = append(c.loss[i].Points, Point{float64(e.Step), e.Loss[task]})
		}
	}
	slices.SortStableFunc(c.loss, func(a, b Series) int {
		return cmp.Compare(rank(a.Name, target), rank(b.Name, target))
	})
	for i := range c.loss {
		c.loss[i].Points = thinned(c.loss[i].Points)
	}
	c.lambda.Points = thinned(c.lambda.Points)
	return c
}

func rank(task, target string) int {
	if task == target {
		return 0
	}
	return 1
}

// thinned averages neighbours until there are at most curvePoints.
func thinned(points []Point) []Point {
	if len(points) <= curvePoints {
		return points
	}
	out := make([]Point, curvePoints)
	for i := range out {
		from, to := i*len(points)/curvePoints, (i+1)*len(points)/curvePoints
		for _, p := range points[from:to] {
			out[i].X += p.X / float64(to-from)
			out[i].Y += p.Y / float64(to-from)
		}
	}
	return out
}

// chart is the stage's losses.
func (c *stageCurves) chart(title string) Chart {
	return lines(title, "step", math.NaN(), c.loss)
}

// lambdaChart is λ over the stage.
func (c *stageCurves) lambdaChart(title string) Chart {
	return lines(title, "step", 0, []Series{c.lambda})
}

// unit is that of the validation scores, for a title.
func (c *stageCurves) unit() string {
	if metrics.Percent(c.valid.Name) == 1 {
		return ""
	}
	return ", in percent"
}

// validChart is the stage's validation score.
func (c *stageCurves) validChart(title string) Chart {
	return lines(title, "step", math.NaN(), []Series{c.valid})
}

// told is what a person is told of the stage besides.
func (c *stageCurves) told() string {
	var all []string
	if d := c.delivered; d != nil {
		all = append(all, fmt.Sprintf("The selected student is that after step %d of %d: %s %s on validation rows, compared with %s after the last step (train.keep).",
			d.Step, c.steps, c.valid.Name, metrics.ShownScore(c.valid.Name, d.Score), metrics.ShownScore(c.valid.Name, d.LastScore)))
	}
	if c.skipped > 0 {
		all = append(all, fmt.Sprintf("%d of the %s of %s were not finite and were skipped without an update.", c.skipped, screen.Count(c.steps, "step", "steps"), c.stage))
	}
	return strings.Join(all, " ")
}

// title is the chart's, where a page has several stages.
func (c *stageCurves) title() string { return c.stage + ": loss, in nats" }
