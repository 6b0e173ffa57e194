package coordinator

import (
	"fmt"

	"ringmaster/coordinator/job"
	"ringmaster/run/metrics"
)

// teacherQuality is how well a teacher predicts its own training rows.
type teacherQuality struct {
	scores     metrics.Scores
	confidence float64 // mean probability of the predicted class, of kinds with one
}

// minGain is the share of all rows by which a useful teacher beats the most frequent answer; of values the
// correlation that it has at least.
const minGain = 0.05

// qualityOf measures the logits that a task's student will learn from.
func qualityOf(task *job.Task, logitsOf func(job.Row) ([]float32, error)) (teacherQuality, error) {
	scorer, err := task.Scorer()
	if err != nil {
		return teacherQuality{}, err
	}
	s := teacherQuality{}
	for i := range task.Train.Len() {
		row, err := task.Train.Keyed(i)
		if err != nil {
			return teacherQuality{}, err
		}
		logits, err := logitsOf(row)
		if err != nil {
			return teacherQuality{}, err
		}
		if err := scorer.Add(row.Gold, logits); err != nil {
			return teacherQuality{}, err
		}
		if a := task.Meaning().Answer(logits, 0); a.Class >= 0 {
			s.confidence += a.Probabilities[a.Class] / float64(task.Train.Len())
		}
	}
	s.scores = scorer.Scores(scorer.Threshold())
	return s, nil
}

// useful says whether the teacher knows more than what the most frequent answer is.
func (s teacherQuality) useful() bool {
	switch {
	case s.scores.Value != nil:
		return s.scores.Value.Pearson >= minGain
	case s.scores.Averaging == metrics.Micro:
		return s.scores.F1 > 0
	}
	return s.scores.Accuracy >= s.scores.Majority+minGain
}

// String is in percent.
func (s teacherQuality) String() string {
	rows := s.scores.Rows
	switch v := s.scores.Value; {
	case v != nil:
		return fmt.Sprintf("Pearson's r %.3f on its %d training rows, RMSE %.4g (standard deviation of the gold values: %.4g)", v.Pearson, rows, v.RMSE, v.Deviation)
	case s.scores.Averaging == metrics.Micro:
		return fmt.Sprintf("micro F1 %.1f on its %d training rows", 100*s.scores.F1, rows)
	}
	return fmt.Sprintf("accuracy %.1f%% on its %d training rows (most frequent class: %.1f%%), mean confidence %.0f%%",
		100*s.scores.Accuracy, rows, 100*s.scores.Majority, 100*s.confidence)
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
		l.opts.Report.Warn("the teacher of %s is %s, so a student can learn little from it: train it for more epochs or at a higher rate (tasks.%s.teacher.epochs, .lr), or give it more rows",
			t.task.Name, s.lack(), t.task.Name)
	}
	return nil
}

// lack is what a teacher that is not useful lacks.
func (s teacherQuality) lack() string {
	switch {
	case s.scores.Value != nil:
		return "hardly better than always predicting the mean"
	case s.scores.Averaging == metrics.Micro:
		return "right about no label"
	}
	return "hardly better than always predicting the most frequent class"
}
