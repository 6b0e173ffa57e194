package coordinator

import (
	"io"
	"testing"
	"time"

	"ringmaster/coordinator/job"
	"ringmaster/coordinator/progress"
	"ringmaster/run/directory"
	"ringmaster/run/plan"
)

// A coordinator that resumes a run in the choosing of its student has not prepared the
// student's training, and still knows how many steps it had.
func TestAStudentIsDeliveredThatAnotherProcessTrained(t *testing.T) {
	student := stageOf(t, []int{8}, plan.Settings{Epochs: 1, Batch: 2})
	total := student.plan.Steps()
	student.plan, student.known = nil, nil
	dir, err := directory.Create(t.TempDir() + "/run")
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	s := &setup{job: &job.Job{}, dir: dir, opts: Options{Dir: dir, Report: progress.New(io.Discard, progress.Options{Now: time.Now})}}
	if err := (&selection{setup: s, student: student, task: student.tasks[0]}).deliverBest("F1", 0.5); err != nil {
		t.Fatal(err)
	}
	record, _, err := dir.ReadRecord()
	if err != nil || record.Delivered == nil || record.Delivered.Step != total || record.Delivered.Score != 0.5 {
		t.Errorf("%+v (%v), want the student of step %d", record.Delivered, err, total)
	}
}
