package audit_test

import (
	"errors"
	"strings"
	"testing"

	"ringmaster/run/audit"
)

// rareRows are the rows of balancedRecord's rare class.
var rareRows = []int{100, 130}

// Rows of a rare class count many times in an epoch, and once in each pass over their class.
func TestABalancedLedgerPasses(t *testing.T) {
	r := balancedRecord(t)
	if v := judge(t, r); !v.OK || v.Examples["empathy"] == 0 {
		t.Fatalf("%+v", v)
	}
	counts := map[int]int{}
	for _, entry := range r.Ledger.Lines {
		for _, ids := range entry.Ranks {
			for _, id := range ids {
				if entry.Stage == "teacher/empathy" { // two epochs of twenty rows
					counts[id.Row]++
				}
			}
		}
	}
	rare, all := 0, 0
	for row, n := range counts {
		if all += n; row == rareRows[0] || row == rareRows[1] {
			rare += n
		}
	}
	if all != 40 || rare != 20 || counts[rareRows[0]] != 10 {
		t.Errorf("of %d examples %d are of the rare class: %v", all, rare, counts)
	}
}

func TestADoctoredPassIsCaught(t *testing.T) {
	r := balancedRecord(t)
	other := map[int]int{rareRows[0]: rareRows[1], rareRows[1]: rareRows[0]}
	swapped := false
	for _, entry := range r.Ledger.Lines {
		for _, ids := range entry.Ranks {
			for i, id := range ids {
				if with, rare := other[id.Row]; entry.Stage == "student" && id.Task == "empathy" && rare && !swapped {
					ids[i].Row, swapped = with, true
				}
			}
		}
	}
	problems := strings.Join(judge(t, r).Problems, "\n")
	for _, want := range []string{"of empathy is missing", "of class 1 of empathy, which ends at step", "of student, is incomplete"} {
		if !strings.Contains(problems, want) {
			t.Errorf("no problem says %q:\n%s", want, problems)
		}
	}
}

// A plan and a run file that do not agree on how rows are dealt cannot be audited.
func TestClassesWithoutBalance(t *testing.T) {
	for name, doctor := range map[string]func(r *audit.Record){
		"no classes":     func(r *audit.Record) { r.Plan.Tasks[0].Classes = nil },
		"fewer classes":  func(r *audit.Record) { r.Plan.Tasks[0].Classes = r.Plan.Tasks[0].Classes[:5] },
		"not in the run": func(r *audit.Record) { r.Run.Tasks[0].Sampling = "" },
	} {
		r := balancedRecord(t)
		doctor(r)
		if _, err := audit.Judge(*r); !errors.Is(err, audit.ErrNoPlan) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
