package audit

import (
	"fmt"
	"maps"
	"slices"

	"ringmaster/run/directory"
)

// checkEpochs counts each task's rows through the ledger: when an epoch of the task is
// over, each has counted once more. Which rows those are is the ledger's own word; the
// plan only says how many draws the task has had by a step. Of a task whose classes are dealt alike often it counts each
// class's rows so: a pass over a class is what an epoch is elsewhere.
//
// A step may hold the end of one epoch and the beginning of the next, in no known order,
// so a row is allowed what the draws allow by the end of the step.
func (t *trial) checkEpochs(s *stage) {
	if len(s.ledger) == 0 {
		return
	}
	used := make([]map[directory.ExampleID]int, slices.Max(slices.Collect(maps.Keys(s.ledger)))+1)
	for n := range used {
		used[n] = countOf(s.ledger[n])
		if s.ledger[n].Lost {
			used[n] = s.ids[n] // what the plan has, so that the others are judged
		}
	}
	for _, task := range s.tasks {
		for _, tally := range t.tallies(s, task) {
			draws := 0
			for n, ids := range used {
				for id, times := range s.ids[n] {
					if id.Task == task && tally.has[id.Row] {
						draws += times
					}
				}
				tally.step(n, draws, ids)
			}
		}
	}
}

// tallies are one of a task's rows, or one of each of its classes.
func (t *trial) tallies(s *stage, task string) []*tally {
	all := func(of, epoch string, has rows) *tally {
		return &tally{trial: t, stage: s, task: task, of: of, epoch: epoch, has: has, rows: slices.Sorted(maps.Keys(has)), count: map[int]int{}, at: map[int][]int{}}
	}
	classes := s.classes[task]
	if classes == nil {
		return []*tally{all(task, "epoch", s.rows[task])}
	}
	byClass := map[int32]rows{}
	for i, class := range classes {
		if byClass[class] == nil {
			byClass[class] = rows{}
		}
		byClass[class][s.numbers[task][i]] = true
	}
	var tallies []*tally
	for _, class := range slices.Sorted(maps.Keys(byClass)) {
		tallies = append(tallies, all(fmt.Sprintf("class %d of %s", class, task), "pass", byClass[class]))
	}
	return tallies
}

// tally is how often the rows of a task have counted.
type tally struct {
	trial  *trial
	stage  *stage
	task   string
	of     string // the task, or a class of it
	epoch  string // what one turn of the rows is called
	has    rows
	rows   []int
	epochs int           // that are over
	count  map[int]int   // by row
	at     map[int][]int // the steps where a row counted
}

// step adds a step's examples; the task has had so many draws by its end. What is told
// is put right in the count, so that it is told once.
func (y *tally) step(n, draws int, ids map[directory.ExampleID]int) {
	var here []int
	for _, id := range sorted(ids) {
		if id.Task == y.task && y.has[id.Row] {
			here = append(here, id.Row)
			y.count[id.Row] += ids[id]
			for range ids[id] {
				y.at[id.Row] = append(y.at[id.Row], n)
			}
		}
	}
	size := len(y.rows)
	for ; y.epochs < draws/size; y.epochs++ {
		y.close(n)
	}
	allowed := (draws + size - 1) / size
	for _, row := range here {
		if y.count[row] > allowed {
			y.trial.problem("row %d of %s is used more than once in %s %d of %s: up to step %d it is used at %s",
				row, y.of, y.epoch, allowed-1, y.stage.name, n, stepList(y.at[row]))
			y.count[row] = allowed
		}
	}
}

// close tells which rows did not count in the epoch that is over.
func (y *tally) close(n int) {
	var lacking []int
	for _, row := range y.rows {
		if y.count[row] <= y.epochs {
			lacking = append(lacking, row)
			y.count[row] = y.epochs + 1
		}
	}
	if len(lacking) > 0 {
		y.trial.problem("%s %d of %s, which ends at step %d of %s, is incomplete: rows not used (%d of %d): %s",
			y.epoch, y.epochs, y.of, n, y.stage.name, len(lacking), len(y.rows), numbers(lacking))
	}
}
