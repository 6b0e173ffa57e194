package report

import (
	"cmp"
	"math"
	"slices"

	"ringmaster/coordinator/rundir"
)

// curvePoints is how many points a curve has at most; more steps are averaged.
const curvePoints = 120

// stageCurves are the curves of one training stage.
type stageCurves struct {
	stage    string
	loss     []Series // a task each
	lambda   Series
	annealed bool
}

// readCurves reads the curves of a run's stages, in the order in which they were trained;
// the target's comes first.
func readCurves(l rundir.Layout, target string) (stages []*stageCurves, err error) {
	byStage := map[string][]rundir.Event{}
	var order []string
	_, err = l.ReadEvents(func(e rundir.Event) error {
		if len(byStage[e.Stage]) == 0 {
			order = append(order, e.Stage)
		}
		byStage[e.Stage] = append(byStage[e.Stage], e)
		return nil
	})
	for _, name := range order {
		stages = append(stages, curvesOf(name, byStage[name], target))
	}
	return stages, err
}

func curvesOf(name string, events []rundir.Event, target string) *stageCurves {
	c := &stageCurves{stage: name, lambda: Series{Name: "λ"}}
	index := map[string]int{}
	for _, e := range events {
		if e.Lost {
			continue
		}
		c.lambda.Points = append(c.lambda.Points, Point{float64(e.Step), e.Lambda})
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

// title is the chart's, where a page has several stages.
func (c *stageCurves) title() string { return c.stage + ": loss, in nats" }
