package audit_test

import (
	"strings"
	"testing"

	"ringmaster/config"
	"ringmaster/run/audit"
	"ringmaster/run/directory"
)

func TestDeliveredStudent(t *testing.T) {
	for _, tc := range []struct {
		name   string
		doctor func(r *audit.Record)
		want   string // in the one problem; empty for none
	}{
		{"the best", func(*audit.Record) {}, ""},
		{"another score than the log's", func(r *audit.Record) { event(r, 8).Validation.F1 = 0.7 }, "but events.jsonl does not have this value"},
		{"a step that was not scored", func(r *audit.Record) { r.Coordinator.Delivered.Step = 4 }, "but events.jsonl does not have this value"},
		{"worse than the last", func(r *audit.Record) { r.Coordinator.Delivered.LastScore = 0.9 }, "but the student of the last step has 0.9"},
		{"though the last was asked for", func(r *audit.Record) { r.Run.Train.Keep = config.KeepLast }, "but train.keep is last"},
		{"the last", func(r *audit.Record) {
			*r.Coordinator.Delivered = directory.Delivered{Step: 12, Score: 0.9, LastScore: 0.9}
		}, ""},
		{"a wrong count of skipped steps", func(r *audit.Record) {
			r.Run.Train.NotFinite = config.SkipNotFinite
			event(r, 3).Skipped, event(r, 3).SkippedSteps = true, 2
		}, "counts 2 steps skipped so far, but the log has 1"},
		{"a right count of skipped steps", func(r *audit.Record) {
			r.Run.Train.NotFinite = config.SkipNotFinite
			event(r, 3).Skipped, event(r, 3).SkippedSteps, event(r, 4).SkippedSteps = true, 1, 1
		}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := goodRecord(t)
			event(r, 8).Validation = &directory.Validation{Steps: 8, Task: "empathy", F1: 0.8, Rows: 10}
			r.Coordinator = &directory.Record{Generation: 2, Members: map[uint64][]string{1: {"a", "b"}, 2: {"a", "b", "c"}}, Delivered: &directory.Delivered{Step: 8, Score: 0.8, LastScore: 0.6}}
			tc.doctor(r)
			verdict, err := audit.Judge(*r)
			if err != nil {
				t.Fatal(err)
			}
			problems := strings.Join(verdict.Problems, "\n")
			if tc.want == "" && !verdict.OK || tc.want != "" && (len(verdict.Problems) != 1 || !strings.Contains(problems, tc.want)) {
				t.Errorf("got %q, want one with %q", problems, tc.want)
			}
		})
	}
}
