package audit_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/run/audit"
	"ringmaster/run/directory"
)

func judge(t *testing.T, r *audit.Record) audit.Verdict {
	t.Helper()
	v, err := audit.Judge(*r)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestAGoodLedgerPasses(t *testing.T) {
	want := audit.Verdict{OK: true, Problems: []string{}, Steps: 5 + 3 + 12, Examples: map[string]int{"empathy": 94, "emotion": 66}, Finished: true}
	if diff := cmp.Diff(want, judge(t, goodRecord(t))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Each is doctored in one way; what it says is all that is said.
func TestDoctoredLedgersAreCaught(t *testing.T) {
	for name, c := range map[string]struct {
		doctor func(r *audit.Record)
		want   []string
	}{
		"a dropped example": {func(r *audit.Record) {
			ranks(r, 1)[1] = ranks(r, 1)[1][:3]
		}, []string{
			`step 1 of student: row 100 of empathy is missing`,
			`epoch 0 of empathy, which ends at step 4 of student, is incomplete: rows not used (1 of 20): 100`,
			`step 1 of student: the event counts 5 examples of empathy, the ledger 4`,
		}},
		"a dropped example, in both logs": {func(r *audit.Record) {
			removeFirst(r, 9)
		}, []string{
			`step 9 of student: row 154 of empathy is missing`,
			`epoch 1 of empathy, which ends at step 9 of student, is incomplete: rows not used (1 of 20): 154`,
		}},
		"a doubled example": {func(r *audit.Record) {
			ranks(r, 1)[0] = append(ranks(r, 1)[0], ranks(r, 1)[1][3])
		}, []string{
			`step 1 of student: row 100 of empathy is used twice, but once in the plan`,
			`row 100 of empathy is used more than once in epoch 0 of student: up to step 1 it is used at steps 1, 1`,
			`step 1 of student: the event counts 5 examples of empathy, the ledger 6`,
		}},
		"an example of another step once more": {func(r *audit.Record) {
			ranks(r, 1)[0] = append(ranks(r, 1)[0], ranks(r, 0)[0][3])
		}, []string{
			`step 1 of student: row 115 of empathy is at the wrong step: in the plan it is at steps 0, 8, 9`,
			`row 115 of empathy is used more than once in epoch 0 of student: up to step 1 it is used at steps 0, 1`,
			`step 1 of student: the event counts 5 examples of empathy, the ledger 6`,
		}},
		"two examples swapped between steps": {func(r *audit.Record) {
			a, b := ranks(r, 0)[0], ranks(r, 1)[0]
			a[0], b[0] = b[0], a[0]
		}, []string{
			`step 0 of student: row 130 of emotion is missing; it is used at step 1`,
			`step 0 of student: row 133 of emotion is at the wrong step: in the plan it is at steps 1, 3, 8, 10`,
			`step 1 of student: row 130 of emotion is at the wrong step: in the plan it is at steps 0, 6, 9, 11`,
			`step 1 of student: row 133 of emotion is missing; it is used at step 0`,
		}},
		"a row replaced by another": {func(r *audit.Record) {
			ranks(r, 0)[1][0] = directory.ExampleID{Task: "empathy", Row: 100}
		}, []string{
			`step 0 of student: row 100 of empathy is at the wrong step: in the plan it is at steps 1, 7, 11`,
			`step 0 of student: row 139 of empathy is missing`,
			`row 100 of empathy is used more than once in epoch 0 of student: up to step 1 it is used at steps 0, 1`,
			`epoch 0 of empathy, which ends at step 4 of student, is incomplete: rows not used (1 of 20): 139`,
		}},
		"a row that is none": {func(r *audit.Record) {
			ranks(r, 0)[1][0].Row = 101
		}, []string{
			`step 0 of student: row 101 of empathy is not one of its training rows`,
			`step 0 of student: row 139 of empathy is missing`,
			`epoch 0 of empathy, which ends at step 4 of student, is incomplete: rows not used (1 of 20): 139`,
		}},
		"a wrong task": {func(r *audit.Record) {
			ranks(r, 0)[1][0].Task = "emotion"
		}, []string{
			`step 0 of student: row 139 of emotion is not one of its training rows`,
			`step 0 of student: row 139 of empathy is missing`,
			`epoch 0 of empathy, which ends at step 4 of student, is incomplete: rows not used (1 of 20): 139`,
			`step 0 of student: the event counts 5 examples of emotion, the ledger 6`,
			`step 0 of student: the event counts 3 examples of empathy, the ledger 2`,
		}},
		"a row that the plan has later than the run came": {func(r *audit.Record) {
			r.Finished, r.Reached = false, nil
			r.Events.Lines, r.Ledger.Lines = r.Events.Lines[:9], r.Ledger.Lines[:9]
			ranks(r, 0)[1][0].Row = 100
		}, []string{
			`step 0 of student: row 100 of empathy is extra: it is in none of the run's 1 step in the plan`,
			`step 0 of student: row 139 of empathy is missing`,
		}},
		"a task that is none": {func(r *audit.Record) {
			ranks(r, 0)[1][0].Task = "sentiment"
		}, []string{
			`step 0 of student: row 139 of empathy is missing`,
			`step 0 of student: "sentiment" is not a task of the stage (row 139)`,
			`epoch 0 of empathy, which ends at step 4 of student, is incomplete: rows not used (1 of 20): 139`,
			`step 0 of student: the event counts 3 examples of empathy, the ledger 2`,
			`step 0 of student: the event counts 0 examples of sentiment, the ledger 1`,
		}},
		"a student's task in a teacher's stage": {func(r *audit.Record) {
			r.Ledger.Lines[0].Ranks[0][0] = directory.ExampleID{Task: "emotion", Row: 100}
		}, []string{
			`step 0 of teacher/empathy: "emotion" is not a task of the stage (row 100)`,
			`step 0 of teacher/empathy: row 139 of empathy is missing`,
			`epoch 0 of empathy, which ends at step 2 of teacher/empathy, is incomplete: rows not used (1 of 20): 139`,
			`step 0 of teacher/empathy: the event counts 0 examples of emotion, the ledger 1`,
			`step 0 of teacher/empathy: the event counts 8 examples of empathy, the ledger 7`,
		}},
		"a step missing in the ledger": {func(r *audit.Record) {
			r.Ledger.Lines = slices.Delete(r.Ledger.Lines, 9, 10)
		}, []string{
			`step 1 of student is missing from ledger.jsonl`,
			`epoch 0 of empathy, which ends at step 4 of student, is incomplete: rows not used (5 of 20): 100, 106, 112, 136, 148`,
			`epoch 0 of emotion, which ends at step 2 of student, is incomplete: rows not used (3 of 12): 115, 118, 133`,
		}},
		"two steps missing in the events": {func(r *audit.Record) {
			r.Events.Lines = slices.Delete(r.Events.Lines, 9, 11)
		}, []string{
			`steps 1 to 2 of student are missing from events.jsonl`,
		}},
		"a step missing in both": {func(r *audit.Record) {
			r.Ledger.Lines = slices.Delete(r.Ledger.Lines, 9, 10)
			r.Events.Lines = slices.Delete(r.Events.Lines, 9, 10)
		}, []string{
			`step 1 of student is missing from events.jsonl`,
			`step 1 of student is missing from ledger.jsonl`,
			`epoch 0 of empathy, which ends at step 4 of student, is incomplete: rows not used (5 of 20): 100, 106, 112, 136, 148`,
			`epoch 0 of emotion, which ends at step 2 of student, is incomplete: rows not used (3 of 12): 115, 118, 133`,
		}},
		"a step doubled": {func(r *audit.Record) {
			r.Ledger.Lines = slices.Insert(r.Ledger.Lines, 10, r.Ledger.Lines[9])
		}, []string{
			`ledger.jsonl, line 11: step 1 of student is repeated: it is already on line 10`,
		}},
		"a step out of order": {func(r *audit.Record) {
			l := r.Ledger.Lines
			l[9], l[10] = l[10], l[9]
		}, []string{
			`ledger.jsonl, line 11: out of order: step 1 of student after step 2 of student`,
		}},
		"a step moved far": {func(r *audit.Record) {
			l := r.Events.Lines[8]
			r.Events.Lines = slices.Insert(slices.Delete(r.Events.Lines, 8, 9), 15, l)
		}, []string{
			`events.jsonl, line 16: out of order: step 0 of student after step 7 of student`,
			`step 0 of student: the generation decreases from 2 to 1 (events.jsonl, line 16)`,
		}},
		"stages out of order": {func(r *audit.Record) {
			r.Ledger.Lines = slices.Concat(r.Ledger.Lines[5:8], r.Ledger.Lines[:5], r.Ledger.Lines[8:])
		}, []string{
			`ledger.jsonl, line 4: out of order: step 0 of teacher/empathy after step 2 of teacher/emotion`,
		}},
		"a step behind the last": {func(r *audit.Record) {
			event(r, 11).Step = 12
		}, []string{
			`events.jsonl, line 20: there is no step 12 of student: it has 12 steps, counted from 0`,
			`events.jsonl ends too early: its last step of student is 10, the run's is 11`,
		}},
		"a stage that is none": {func(r *audit.Record) {
			r.Ledger.Lines[studentLine(11)].Stage = "teacher/sentiment"
		}, []string{
			`ledger.jsonl, line 20: "teacher/sentiment" is not a training stage of the run`,
			`ledger.jsonl ends too early: its last step of student is 10, the run's is 11`,
		}},
		"a teacher's stage gone from both": {func(r *audit.Record) {
			r.Ledger.Lines, r.Events.Lines = r.Ledger.Lines[5:], r.Events.Lines[5:]
		}, []string{
			`events.jsonl has no line of teacher/empathy, but the run did 5 steps of it`,
			`ledger.jsonl has no line of teacher/empathy, but the run did 5 steps of it`,
		}},
		"a stage half gone from both, whose teacher was at hand later": {func(r *audit.Record) {
			r.Plan.Taken = []string{"teacher/emotion"}
			r.Ledger.Lines, r.Events.Lines = slices.Delete(r.Ledger.Lines, 7, 8), slices.Delete(r.Events.Lines, 7, 8)
		}, []string{
			`events.jsonl ends too early: its last step of teacher/emotion is 1, the run's is 2`,
			`ledger.jsonl ends too early: its last step of teacher/emotion is 1, the run's is 2`,
		}},
		"a teacher gone from both, when the run had begun with the student": {func(r *audit.Record) {
			r.Finished, r.Reached[0].Steps = false, 0
			r.Ledger.Lines, r.Events.Lines = r.Ledger.Lines[:5], r.Events.Lines[:5]
		}, []string{
			`events.jsonl has no line of teacher/emotion, but the run did 3 steps of it`,
			`ledger.jsonl has no line of teacher/emotion, but the run did 3 steps of it`,
		}},
		"λ changed": {func(r *audit.Record) {
			event(r, 5).Lambda += 2e-12
		}, []string{
			`step 5 of student: λ is 0.45454545454745454, the plan has 0.45454545454545453`,
		}},
		"λ not a number": {func(r *audit.Record) {
			event(r, 5).Lambda = math.NaN()
		}, []string{
			`step 5 of student: λ is NaN, the plan has 0.45454545454545453`,
		}},
		"learning rate changed": {func(r *audit.Record) {
			event(r, 5).LR *= 1 + 2e-12
		}, []string{
			`step 5 of student: the learning rate is 1.4000000000028001e-05, the plan has 1.4000000000000001e-05`,
		}},
		"learning rate infinite": {func(r *audit.Record) {
			event(r, 5).LR = math.Inf(1)
		}, []string{
			`step 5 of student: the learning rate is +Inf, the plan has 1.4000000000000001e-05`,
		}},
		"generation falling": {func(r *audit.Record) {
			event(r, 6).Generation = 1
			event(r, 6).World = 2
			ranks(r, 6)[0] = append(ranks(r, 6)[0], ranks(r, 6)[2]...)
			r.Ledger.Lines[studentLine(6)].Ranks = ranks(r, 6)[:2]
		}, []string{
			`step 6 of student: the generation decreases from 2 to 1 (events.jsonl, line 15)`,
		}},
		"world wrong": {func(r *audit.Record) {
			event(r, 5).World = 2
		}, []string{
			`step 5 of student: the world size changes from 3 to 2 within generation 2 (events.jsonl, line 14)`,
			`step 6 of student: the world size changes from 2 to 3 within generation 2 (events.jsonl, line 15)`,
			`step 5 of student: the world size is 2, but the ledger has the examples of 3 ranks`,
		}},
		"a rank's line missing": {func(r *audit.Record) {
			r.Ledger.Lines[studentLine(5)].Ranks = ranks(r, 5)[:2]
		}, []string{
			`step 5 of student: row 121 of empathy is missing`,
			`step 5 of student: row 157 of empathy is missing`,
			`epoch 1 of empathy, which ends at step 9 of student, is incomplete: rows not used (1 of 20): 121`,
			`step 5 of student: the world size is 3, but the ledger has the examples of 2 ranks`,
			`step 5 of student: the event counts 6 examples of empathy, the ledger 4`,
		}},
		"an infinite loss": {func(r *audit.Record) {
			event(r, 5).Loss["empathy"] = math.Inf(1)
		}, []string{
			`step 5 of student: the loss of empathy is +Inf`,
		}},
		"a loss missing": {func(r *audit.Record) {
			delete(event(r, 5).Loss, "empathy")
		}, []string{
			`step 5 of student: the event has no loss of empathy`,
		}},
		"a total changed": {func(r *audit.Record) {
			event(r, 5).Total = 13
		}, []string{
			`step 5 of student: the event gives the length of the stage as 13 steps, the plan has 12`,
		}},
		"counts changed": {func(r *audit.Record) {
			event(r, 5).Examples["empathy"]++
		}, []string{
			`step 5 of student: the event counts 7 examples of empathy, the ledger 6`,
		}},
		"a torn ledger": {func(r *audit.Record) {
			r.Ledger.Torn = true
			r.Ledger.Lines = r.Ledger.Lines[:19]
		}, []string{
			`ledger.jsonl is truncated: its last line, line 20, is incomplete`,
			`ledger.jsonl ends too early: its last step of student is 10, the run's is 11`,
		}},
		"torn events": {func(r *audit.Record) {
			r.Events.Torn = true
			r.Events.Lines = r.Events.Lines[:19]
		}, []string{
			`events.jsonl is truncated: its last line, line 20, is incomplete`,
			`events.jsonl ends too early: its last step of student is 10, the run's is 11`,
		}},
		"a damaged ledger": {func(r *audit.Record) {
			r.Ledger.Damage = directory.ErrDamaged
			r.Ledger.Lines = r.Ledger.Lines[:15]
		}, []string{
			`ledger.jsonl cannot be read after line 15: damaged`,
			`ledger.jsonl ends too early: its last step of student is 6, the run's is 11`,
		}},
		"a finished run cut short in both logs": {func(r *audit.Record) {
			r.Ledger.Lines, r.Events.Lines = r.Ledger.Lines[:15], r.Events.Lines[:15]
		}, []string{
			`events.jsonl ends too early: its last step of student is 6, the run's is 11`,
			`ledger.jsonl ends too early: its last step of student is 6, the run's is 11`,
		}},
		"a stopped run cut short in both logs": {func(r *audit.Record) {
			r.Finished, r.Reached[0].Steps = false, 9
			r.Ledger.Lines, r.Events.Lines = r.Ledger.Lines[:15], r.Events.Lines[:15]
		}, []string{
			`events.jsonl ends too early: its last step of student is 6, the run's is 8`,
			`ledger.jsonl ends too early: its last step of student is 6, the run's is 8`,
		}},
		"one log of a cut run shorter": {func(r *audit.Record) {
			r.Finished, r.Reached = false, nil
			r.Events.Lines = r.Events.Lines[:15]
			r.Ledger.Lines = r.Ledger.Lines[:16]
		}, []string{
			`events.jsonl ends too early: its last step of student is 6, the run's is 7`,
		}},
		"no ledger": {func(r *audit.Record) {
			r.Ledger.Lines = nil
		}, []string{
			`ledger.jsonl has no line of teacher/empathy, but the run did 5 steps of it`,
			`ledger.jsonl has no line of teacher/emotion, but the run did 3 steps of it`,
			`ledger.jsonl has no line of student, but the run did 12 steps of it`,
		}},
		"an epoch incomplete": {func(r *audit.Record) {
			for n := range 12 {
				for rank, ids := range ranks(r, n) {
					ranks(r, n)[rank] = slices.DeleteFunc(ids, func(id directory.ExampleID) bool { return id == directory.ExampleID{Task: "emotion", Row: 103} })
				}
			}
		}, []string{
			`step 0 of student: row 103 of emotion is missing`,
			`step 4 of student: row 103 of emotion is missing`,
			`step 6 of student: row 103 of emotion is missing`,
			`epoch 0 of emotion, which ends at step 2 of student, is incomplete: rows not used (1 of 12): 103`,
			`epoch 1 of emotion, which ends at step 6 of student, is incomplete: rows not used (1 of 12): 103`,
			`epoch 2 of emotion, which ends at step 9 of student, is incomplete: rows not used (1 of 12): 103`,
			`step 0 of student: the event counts 5 examples of emotion, the ledger 4`,
			`step 4 of student: the event counts 5 examples of emotion, the ledger 4`,
			`step 6 of student: the event counts 4 examples of emotion, the ledger 3`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := goodRecord(t)
			c.doctor(r)
			fails(t, r, c.want)
		})
	}
}

// fails checks that a record is judged to have exactly these problems.
func fails(t *testing.T, r *audit.Record, want []string) {
	t.Helper()
	v := judge(t, r)
	if v.OK {
		t.Error("passed")
	}
	if diff := cmp.Diff(want, v.Problems); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestARunIsJudgedAsFarAsItCame(t *testing.T) {
	for name, c := range map[string]struct {
		cut   func(r *audit.Record)
		steps int
	}{
		"stopped in the student": {func(r *audit.Record) {
			r.Reached[0].Steps = 7
			r.Events.Lines, r.Ledger.Lines = r.Events.Lines[:15], r.Ledger.Lines[:15]
		}, 15},
		"stopped in the second teacher": {func(r *audit.Record) {
			r.Reached = []directory.Progress{{Stage: "teacher/emotion", Steps: 2, Total: 3}}
			r.Events.Lines, r.Ledger.Lines = r.Events.Lines[:7], r.Ledger.Lines[:7]
		}, 7},
		"cut off behind its checkpoint": {func(r *audit.Record) {
			r.Reached[0].Steps = 4
			r.Events.Lines, r.Ledger.Lines = r.Events.Lines[:14], r.Ledger.Lines[:14]
		}, 14},
		"cut off before its first step": {func(r *audit.Record) {
			r.Reached, r.Events.Lines, r.Ledger.Lines = nil, nil, nil
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := goodRecord(t)
			r.Finished = false
			c.cut(r)
			if v := judge(t, r); !v.OK || v.Finished || v.Steps != c.steps {
				t.Errorf("%+v", v)
			}
		})
	}
}

func TestATeacherThatWasAtHandHasNoLines(t *testing.T) {
	r := goodRecord(t)
	r.Plan.Taken = []string{"teacher/empathy"}
	r.Events.Lines, r.Ledger.Lines = r.Events.Lines[5:], r.Ledger.Lines[5:]
	if v := judge(t, r); !v.OK || v.Steps != 15 {
		t.Errorf("%+v", v)
	}
	// One that the run had trained itself, before it was resumed, keeps its lines.
	r = goodRecord(t)
	r.Plan.Taken = []string{"teacher/empathy"}
	if v := judge(t, r); !v.OK || v.Steps != 20 {
		t.Errorf("%+v", v)
	}
}

// A run that was to go on for ever is judged in the time of the steps that it did.
func TestStepsThatWereNotDoneCostNothing(t *testing.T) {
	r := goodRecord(t)
	r.Finished, r.Reached = false, nil
	r.Run.Train.Steps = math.MaxInt32
	r.Events.Lines, r.Ledger.Lines = r.Events.Lines[:8], r.Ledger.Lines[:8]
	if v := judge(t, r); !v.OK || v.Steps != 8 {
		t.Errorf("%+v", v)
	}
}

// How a step is shared out is the coordinator's business.
func TestAnotherDealOfTheSameStepPasses(t *testing.T) {
	r := goodRecord(t)
	all := ranks(r, 3)
	all[0], all[1] = append(all[0], all[1]...), nil
	if v := judge(t, r); !v.OK {
		t.Errorf("%+v", v)
	}
}

// The epochs are counted without the plan's rows: a plan that dealt a row twice, and a
// ledger that follows it, are caught too. Here the audit's own plan is of another seed.
func TestEpochsAreCountedByTheLedgerAlone(t *testing.T) {
	r := goodRecord(t)
	r.Run.Train.Seed++
	v := judge(t, r)
	if !slices.ContainsFunc(v.Problems, func(p string) bool { return strings.Contains(p, "is at the wrong step") }) {
		t.Error("another plan passes")
	}
	for _, p := range v.Problems {
		// The teachers have one task each, so their epochs end where any plan's do.
		if strings.Contains(p, "teacher/") && (strings.Contains(p, "incomplete") || strings.Contains(p, "more than once in epoch")) {
			t.Errorf("whole epochs are found wanting: %s", p)
		}
	}
}

func TestWithoutAPlanThereIsNoVerdict(t *testing.T) {
	for want, spoil := range map[string]func(r *audit.Record){
		"the training rows of task emotion are missing": func(r *audit.Record) { r.Plan.Tasks = r.Plan.Tasks[:1] },
		"row 100 of task empathy is listed twice":       func(r *audit.Record) { r.Plan.Tasks[0].Rows[1] = 100 },
		"task emotion has two lists": func(r *audit.Record) {
			r.Plan.Tasks = append(r.Plan.Tasks, r.Plan.Tasks[1])
		},
		"task emotion has no training examples": func(r *audit.Record) { r.Plan.Tasks[1].Rows = nil },
	} {
		r := goodRecord(t)
		spoil(r)
		if _, err := audit.Judge(*r); !errors.Is(err, audit.ErrNoPlan) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
