package audit_test

import (
	"slices"
	"testing"

	"ringmaster/config"
	"ringmaster/run/audit"
	"ringmaster/run/directory"
	"ringmaster/run/plan"
)

// A run of two tasks of 20 and 12 rows whose teachers are trained over two epochs, and
// the student over three, in batches of 8; the ring grows from two ranks to three in the
// student's step 4.
func goodRecord(t *testing.T) *audit.Record {
	t.Helper()
	return recordOf(t, nil)
}

// balancedRecord is that run with the classes of empathy, 18 rows and 2, dealt alike often.
func balancedRecord(t *testing.T) *audit.Record {
	t.Helper()
	classes := make([]int32, 20)
	classes[0], classes[10] = 1, 1
	return recordOf(t, classes)
}

func recordOf(t *testing.T, classes []int32) *audit.Record {
	t.Helper()
	run := config.Defaults()
	run.Method = config.DistillAnn
	run.Train.Batch, run.Train.Epochs = 8, 3
	teacher := config.Teacher{Epochs: 2, LR: 1e-4}
	run.Tasks = []config.Task{{Name: "empathy", Target: true, Teacher: teacher}, {Name: "emotion", Teacher: teacher}}
	if classes != nil {
		run.Tasks[0].Sampling = config.SamplingBalanced
	}
	r := &audit.Record{Run: &run, Finished: true, Reached: []directory.Progress{{Stage: "student", Steps: 12, Total: 12}}}
	for _, task := range []struct {
		name string
		size int
	}{{"empathy", 20}, {"emotion", 12}} {
		rows := make([]int, task.size)
		for i := range rows {
			rows[i] = 100 + 3*i
		}
		r.Plan.Tasks = append(r.Plan.Tasks, directory.PlannedTask{Name: task.name, Rows: rows})
	}
	r.Plan.Tasks[0].Classes = classes
	for _, training := range plan.Trainings(&run) {
		record(t, r, training)
	}
	return r
}

// record adds a stage's lines as a coordinator writes them.
func record(t *testing.T, r *audit.Record, training plan.Training) {
	t.Helper()
	var sizes []plan.Task
	rows := map[string][]int{}
	for _, task := range r.Plan.Tasks {
		if slices.Contains(training.Tasks, task.Name) {
			sizes = append(sizes, plan.Task{Name: task.Name, Size: len(task.Rows), Classes: task.Classes})
			rows[task.Name] = task.Rows
		}
	}
	stage, err := plan.NewStage(sizes, training.Settings)
	if err != nil {
		t.Fatal(err)
	}
	for n := range stage.Steps() {
		step, err := stage.Step(n)
		if err != nil {
			t.Fatal(err)
		}
		world, generation := 2, uint64(1)
		if training.Stage == "student" && n >= 4 {
			world, generation = 3, 2
		}
		e := directory.Event{
			Stage: training.Stage, Step: n, Total: stage.Steps(), Generation: generation, World: world,
			Lambda: step.Lambda, LR: step.LR, Loss: map[string]float64{}, Examples: map[string]int{},
		}
		entry := directory.LedgerEntry{Stage: training.Stage, Step: n}
		// The audit does not care how a run shares examples out, and what is doctored here should not change with it.
		for _, positions := range plan.EvenDeal(make([]int, len(step.Examples)), world) {
			var ids []directory.ExampleID
			for _, p := range positions {
				d := step.Examples[p]
				task := training.Tasks[d.Task]
				ids = append(ids, directory.ExampleID{Task: task, Row: rows[task][d.Index]})
				e.Loss[task] = 0.5
				e.Examples[task]++
			}
			entry.Ranks = append(entry.Ranks, ids)
		}
		r.Events.Lines = append(r.Events.Lines, e)
		r.Ledger.Lines = append(r.Ledger.Lines, entry)
	}
}

// ranks are those of the ledger's entry of the student's step n.
func ranks(r *audit.Record, n int) [][]directory.ExampleID {
	return r.Ledger.Lines[studentLine(n)].Ranks
}

// event is that of the student's step n.
func event(r *audit.Record, n int) *directory.Event { return &r.Events.Lines[studentLine(n)] }

// removeFirst takes the first example of rank 0 out of both logs, as one who knows both.
func removeFirst(r *audit.Record, n int) {
	id := ranks(r, n)[0][0]
	ranks(r, n)[0] = ranks(r, n)[0][1:]
	event(r, n).Examples[id.Task]--
}

// studentLine is the index in both logs of the student's step n.
func studentLine(n int) int { return 8 + n }
