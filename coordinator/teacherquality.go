package coordinator

import (
	"fmt"

	"ringmaster/coordinator/job"
	"ringmaster/model/softmax"
)

// teacherQuality is how well a teacher predicts its own training rows.
type teacherQuality struct {
	rows, right int
	majority    int     // rows of the most frequent class
	confidence  float64 // mean probability of the predicted class
}

// minGain is the share of all rows by which a useful teacher beats the most frequent class.
const minGain = 0.05

// qualityOf measures the logits that a task's student will learn from.
func qualityOf(task *job.Task, logitsOf func(job.Row) ([]float32, error)) (teacherQuality, error) {
	s := teacherQuality{rows: len(task.Train)}
	classes := make([]int, len(task.Corpus.Classes))
	for _, row := range task.Train {
		logits, err := logitsOf(row)
		if err != nil {
			return teacherQuality{}, err
		}
		best := softmax.Argmax(logits)
		if best == row.Class {
			s.right++
		}
		s.confidence += softmax.Of(logits)[best] / float64(s.rows)
		classes[row.Class]++
		s.majority = max(s.majority, classes[row.Class])
	}
	return s, nil
}

// useful says whether the teacher knows more than which class is the most frequent.
func (s teacherQuality) useful() bool {
	return float64(s.right) >= float64(s.majority)+minGain*float64(s.rows)
}

// String is in percent.
func (s teacherQuality) String() string {
	share := func(n int) float64 { return 100 * float64(n) / float64(s.rows) }
	return fmt.Sprintf("accuracy %.1f%% on its %d training rows (most frequent class: %.1f%%), mean confidence %.0f%%",
		share(s.right), s.rows, share(s.majority), 100*s.confidence)
}

// reportQuality tells how good a teacher is. From one that has not learnt its task, a student
// learns that all classes are about equally likely.
func (l *teacherLogits) reportQuality() error {
	t := l.of
	s, err := qualityOf(t.task, t.row)
	if err != nil {
		return err
	}
	l.notify("teacher of %s: %s", t.name(), s)
	if !s.useful() {
		l.opts.Report.Warn("the teacher of %s is hardly better than always predicting the most frequent class, so a student can learn little from it: train it for more epochs or at a higher rate (tasks.%s.teacher.epochs, .lr), or give it more rows",
			t.task.Name, t.task.Name)
	}
	return nil
}
