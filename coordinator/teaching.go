package coordinator

import (
	"fmt"

	"ringmaster/coordinator/job"
	"ringmaster/model/softmax"
)

// teaching is what a teacher has to teach, by its own answers on its training rows.
type teaching struct {
	rows, right int
	commonest   int     // rows of the commonest class
	sure        float64 // mean probability of the class it takes for the right one
}

// hardly is by how much of all rows a teacher must beat the commonest class to have learnt
// something.
const hardly = 0.05

// teachingOf looks at the logits that a task's student is going to learn from.
func teachingOf(task *job.Task, logitsOf func(job.Row) ([]float32, error)) (teaching, error) {
	s := teaching{rows: len(task.Train)}
	classes := make([]int, len(task.Corpus.Classes))
	for _, row := range task.Train {
		logits, err := logitsOf(row)
		if err != nil {
			return teaching{}, err
		}
		best := softmax.Argmax(logits)
		if best == row.Class {
			s.right++
		}
		s.sure += softmax.Of(logits)[best] / float64(s.rows)
		classes[row.Class]++
		s.commonest = max(s.commonest, classes[row.Class])
	}
	return s, nil
}

// learnt says whether the teacher knows more than which class is the commonest.
func (s teaching) learnt() bool {
	return float64(s.right) >= float64(s.commonest)+hardly*float64(s.rows)
}

// String is in percent.
func (s teaching) String() string {
	share := func(n int) float64 { return 100 * float64(n) / float64(s.rows) }
	return fmt.Sprintf("right on %.1f%% of its %d training rows (the commonest class alone: %.1f%%), %.0f%% sure on average",
		share(s.right), s.rows, share(s.commonest), 100*s.sure)
}

// tellTeaching says what students can learn from a teacher; from one that has not learnt
// its task they learn that all classes are about as likely.
func (r *running) tellTeaching(t *teacher) error {
	s, err := teachingOf(t.task, t.row)
	if err != nil {
		return err
	}
	r.notify("teacher of %s: %s", t.task.Name, s)
	if !s.learnt() {
		r.opts.Report.Warn("the teacher of %s has hardly learnt its task, and there is little to learn from it: give it more passes or a higher rate (tasks.%s.teacher.epochs, .lr), or more rows",
			t.task.Name, t.task.Name)
	}
	return nil
}
