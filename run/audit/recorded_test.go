package audit_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/config"
	"ringmaster/run/audit"
	"ringmaster/run/directory"
)

// goodComeback is goodRecord's run, whose coordinator kept its record: in the student's
// step 9 everybody died. The logs had step 8, the newest checkpoint 6 steps, so two were
// taken back and done again under generation 5, in which c learns and has no examples
// until step 8.
func goodComeback(t *testing.T) *audit.Record {
	r := goodRecord(t)
	for n := 6; n < 12; n++ {
		event(r, n).Generation = 5
	}
	for n := range 8 { // the learner's share is another's
		if n >= 6 {
			all := ranks(r, n)
			all[0], all[2] = append(all[0], all[2]...), nil
		}
	}
	begun := map[string]directory.StageBegun{
		"teacher/empathy": {Index: 0, Name: "teacher/empathy", Generation: 1},
		"teacher/emotion": {Index: 2, Name: "teacher/emotion", Generation: 1},
		"student":         {Index: 4, Name: "student", Generation: 5, From: 6},
	}
	student := begun["student"]
	r.Coordinator = &directory.Record{
		Run: "sample", Opens: 2, Generation: 5,
		Members: map[uint64][]string{1: {"a", "b"}, 2: {"a", "b", "c"}, 3: {"a", "b"}, 5: {"a", "b", "c"}},
		Stage:   &student, Begun: begun,
		Done: []directory.StageDone{{Index: 0, Name: "teacher/empathy"}, {Index: 1, Name: "logits/empathy"}, {Index: 2, Name: "teacher/emotion"}, {Index: 3, Name: "logits/emotion"}},
		Kept: &directory.CheckpointKept{Stage: "student", Step: 6},
	}
	return r
}

func TestARunThatWentBackPasses(t *testing.T) {
	r := goodComeback(t)
	if diff := cmp.Diff([]string{}, judge(t, r).Problems); diff != "" {
		t.Error(diff)
	}
	// One that began before there were records knows nothing of its first generations.
	delete(r.Coordinator.Members, 1)
	delete(r.Coordinator.Members, 2)
	if v := judge(t, r); !v.OK {
		t.Error(v.Problems)
	}
	r.Coordinator = &directory.Record{}
	if v := judge(t, r); !v.OK {
		t.Error(v.Problems)
	}
}

func TestASkippedStepIsFineWhereTheRunFileSaysSo(t *testing.T) {
	r := goodRecord(t)
	r.Run.Train.NotFinite = config.SkipNotFinite
	event(r, 5).Skipped = true
	event(r, 5).Loss = nil // no number, so not written
	if v := judge(t, r); !v.OK {
		t.Error(v.Problems)
	}
}

// Each is doctored in one way that only a run with deaths behind it offers; what it says is
// all that is said.
func TestDoctoredComebacksAreCaught(t *testing.T) {
	insert := func(r *audit.Record, at, from, to int) {
		r.Events.Lines = slices.Insert(r.Events.Lines, at, slices.Clone(r.Events.Lines[from:to])...)
		r.Ledger.Lines = slices.Insert(r.Ledger.Lines, at, slices.Clone(r.Ledger.Lines[from:to])...)
	}
	cut := func(r *audit.Record, from, to int) {
		r.Events.Lines = slices.Delete(r.Events.Lines, from, to)
		r.Ledger.Lines = slices.Delete(r.Ledger.Lines, from, to)
	}
	for name, c := range map[string]struct {
		doctor func(r *audit.Record)
		want   []string
	}{
		"steps taken back, but left in both logs": {func(r *audit.Record) {
			insert(r, studentLine(8), studentLine(6), studentLine(8))
			event(r, 6).Generation, event(r, 7).Generation = 2, 2
		}, []string{
			`events.jsonl, line 17: step 6 of student is repeated: it is already on line 15`,
			`events.jsonl, line 18: step 7 of student is repeated: it is already on line 16`,
			`ledger.jsonl, line 17: step 6 of student is repeated: it is already on line 15`,
			`ledger.jsonl, line 18: step 7 of student is repeated: it is already on line 16`,
			`step 6 of student: it is of generation 2, but it was rolled back: the stage restarted at step 6 in generation 5`,
			`step 7 of student: it is of generation 2, but it was rolled back: the stage restarted at step 6 in generation 5`,
		}},
		"a step taken back, but not done again": {func(r *audit.Record) {
			event(r, 6).Generation = 2
		}, []string{
			`step 6 of student: it is of generation 2, but it was rolled back: the stage restarted at step 6 in generation 5`,
		}},
		"a step of a generation that was yet to come": {func(r *audit.Record) {
			r.Coordinator.Begun["student"] = directory.StageBegun{Name: "student", Generation: 3, From: 7}
		}, []string{
			`step 6 of student: it is of generation 5, but it was already done when the stage restarted in generation 3`,
		}},
		"a gap where it went on": {func(r *audit.Record) {
			cut(r, studentLine(6), studentLine(7))
		}, []string{
			`step 6 of student is missing from events.jsonl`,
			`step 6 of student is missing from ledger.jsonl`,
			`epoch 1 of empathy, which ends at step 9 of student, is incomplete: rows not used (4 of 20): 124, 139, 142, 151`,
			`epoch 1 of emotion, which ends at step 6 of student, is incomplete: rows not used (2 of 12): 118, 130`,
			`epoch 2 of emotion, which ends at step 9 of student, is incomplete: rows not used (2 of 12): 100, 103`,
		}},
		"a generation number used again": {func(r *audit.Record) {
			event(r, 9).Generation = 2
			event(r, 10).Generation, event(r, 11).Generation = 5, 5
		}, []string{
			`step 9 of student: the generation decreases from 5 to 2 (events.jsonl, line 18)`,
			`step 9 of student: it is of generation 2, but it was rolled back: the stage restarted at step 6 in generation 5`,
		}},
		"a generation that nobody handed out": {func(r *audit.Record) {
			for n := 4; n < 6; n++ {
				event(r, n).Generation = 4
			}
		}, []string{
			`step 4 of student: record.log has no generation 4 (events.jsonl, line 13)`,
		}},
		"a rank that was no member": {func(r *audit.Record) {
			r.Coordinator.Members[2] = []string{"a", "b"}
		}, []string{
			`step 4 of student: the world size is 3, but record.log has 2 members of generation 2 (events.jsonl, line 13)`,
		}},
		"a learner left out of the ledger": {func(r *audit.Record) {
			r.Ledger.Lines[studentLine(7)].Ranks = ranks(r, 7)[:2]
		}, []string{
			`step 7 of student: the world size is 3, but the ledger has the examples of 2 ranks`,
		}},
		"a learner left out of the world": {func(r *audit.Record) {
			event(r, 6).World, event(r, 7).World = 2, 2
		}, []string{
			`step 6 of student: the world size is 2, but record.log has 3 members of generation 5 (events.jsonl, line 15)`,
			`step 8 of student: the world size changes from 2 to 3 within generation 5 (events.jsonl, line 17)`,
			`step 6 of student: the world size is 2, but the ledger has the examples of 3 ranks`,
			`step 7 of student: the world size is 2, but the ledger has the examples of 3 ranks`,
		}},
		"a learner's examples counted too": {func(r *audit.Record) {
			ranks(r, 6)[2] = []directory.ExampleID{ranks(r, 6)[0][1]}
		}, []string{
			`step 6 of student: row 139 of empathy is used twice, but once in the plan`,
			`row 139 of empathy is used more than once in epoch 1 of student: up to step 6 it is used at steps 0, 6, 6`,
			`step 6 of student: the event counts 4 examples of empathy, the ledger 5`,
		}},
		"a skipped step under a run file that stops": {func(r *audit.Record) {
			event(r, 5).Skipped = true
		}, []string{
			`step 5 of student: it was skipped, but train.not_finite is stop`,
		}},
		"a skipped step without its examples": {func(r *audit.Record) {
			r.Run.Train.NotFinite = config.SkipNotFinite
			event(r, 0).Skipped = true
			r.Ledger.Lines[studentLine(0)].Ranks = [][]directory.ExampleID{{}, {}}
			event(r, 0).Examples = nil
		}, []string{
			`step 0 of student: row 100 of emotion is missing`,
			`step 0 of student: row 103 of emotion is missing`,
			`step 0 of student: row 109 of emotion is missing`,
			`step 0 of student: row 127 of emotion is missing`,
			`step 0 of student: row 130 of emotion is missing`,
			`step 0 of student: row 115 of empathy is missing`,
			`step 0 of student: row 139 of empathy is missing`,
			`step 0 of student: row 151 of empathy is missing`,
			`epoch 0 of empathy, which ends at step 4 of student, is incomplete: rows not used (3 of 20): 115, 139, 151`,
			`epoch 0 of emotion, which ends at step 2 of student, is incomplete: rows not used (4 of 12): 100, 103, 109, 130`,
			`epoch 1 of emotion, which ends at step 6 of student, is incomplete: rows not used (1 of 12): 127`,
		}},
		"a step that was skipped and does not say so": {func(r *audit.Record) {
			r.Run.Train.NotFinite = config.SkipNotFinite
			event(r, 5).Loss = nil
		}, []string{
			`step 5 of student: the event has no loss of emotion`,
			`step 5 of student: the event has no loss of empathy`,
		}},
		"a stage that is done, cut short in both logs": {func(r *audit.Record) {
			r.Finished, r.Reached, r.Coordinator.Stage, r.Coordinator.Kept = false, nil, nil, nil
			cut(r, 7, 20)
		}, []string{
			`events.jsonl ends too early: its last step of teacher/emotion is 1, the run's is 2`,
			`ledger.jsonl ends too early: its last step of teacher/emotion is 1, the run's is 2`,
		}},
		"steps below a checkpoint that is gone, cut from both logs": {func(r *audit.Record) {
			r.Finished, r.Reached, r.Coordinator.Stage = false, nil, nil
			cut(r, studentLine(5), studentLine(12))
		}, []string{
			`events.jsonl ends too early: its last step of student is 4, the run's is 5`,
			`ledger.jsonl ends too early: its last step of student is 4, the run's is 5`,
		}},
		"a record of a longer run": {func(r *audit.Record) {
			r.Coordinator.Kept.Step = 13
		}, []string{
			`record.log has 13 steps of student, but the plan has 12`,
		}},
		"a damaged record": {func(r *audit.Record) {
			r.Coordinator, r.Damage = nil, directory.ErrDamaged
		}, []string{
			`record.log cannot be read: damaged`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := goodComeback(t)
			c.doctor(r)
			fails(t, r, c.want)
		})
	}
}

// Lines that say that they are lost are told, once for those in a row, and the rest is judged.
func TestLostLinesAreTold(t *testing.T) {
	r := goodRecord(t)
	for _, i := range []int{1, 2} {
		e := &r.Events.Lines[i]
		*e = directory.Event{Stage: e.Stage, Step: e.Step, Lost: true}
	}
	entry := &r.Ledger.Lines[2]
	*entry = directory.LedgerEntry{Stage: entry.Stage, Step: entry.Step, Lost: true}
	v, err := audit.Judge(*r)
	if err != nil {
		t.Fatal(err)
	}
	if v.OK || len(v.Problems) != 2 || !strings.Contains(v.Problems[0], "are lost from events.jsonl") || !strings.Contains(v.Problems[1], "is lost from ledger.jsonl") {
		t.Errorf("%q", v.Problems)
	}
}
