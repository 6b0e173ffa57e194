package coordinator

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"ringmaster/run/protocol"
)

// Whatever is missing, empty, torn, damaged, older or newer than the rest, alone or with others:
// the run goes on from the best that is whole and comes to the same end.
func TestResumeWithAnythingMissingOrDamaged(t *testing.T) {
	t.Parallel()
	s := takeSnapshots(t)
	files := []string{"events.jsonl", "ledger.jsonl", "record.log", "plan.json", "config.yaml", "checkpoints"}
	type damagedCase struct {
		what map[string]string // file: damage
		from int               // the step that it goes on from
	}
	var cases []damagedCase
	for _, file := range files {
		for how := range damages {
			from := 10
			if file == "checkpoints" {
				from = map[string]int{"missing": 0, "empty": 0, "torn": 0, "flipped": 0, "older": 5, "newer": 15}[how]
			}
			cases = append(cases, damagedCase{map[string]string{file: how}, from})
		}
	}
	for _, how := range []string{"missing", "empty", "flipped"} {
		for i, one := range files[:5] {
			for _, other := range files[i+1 : 5] {
				cases = append(cases, damagedCase{map[string]string{one: how, other: how}, 10})
			}
		}
	}
	cases = append(cases,
		damagedCase{map[string]string{"events.jsonl": "missing", "ledger.jsonl": "missing", "record.log": "missing"}, 10},
		damagedCase{map[string]string{"events.jsonl": "missing", "ledger.jsonl": "missing", "record.log": "missing", "plan.json": "missing", "config.yaml": "missing"}, 10},
		damagedCase{map[string]string{"events.jsonl": "older", "ledger.jsonl": "newer"}, 10},
		damagedCase{map[string]string{"events.jsonl": "older", "ledger.jsonl": "older", "record.log": "newer", "checkpoints": "newer"}, 15},
		damagedCase{map[string]string{"events.jsonl": "newer", "ledger.jsonl": "older", "record.log": "older", "checkpoints": "newer"}, 15},
		damagedCase{map[string]string{"checkpoints/step-10": "flipped"}, 5},
		damagedCase{map[string]string{"checkpoints/step-10": "missing"}, 5},
		damagedCase{map[string]string{"checkpoints/step-10": "flipped", "events.jsonl": "missing"}, 5},
		damagedCase{map[string]string{"checkpoints/step-10": "flipped", "record.log": "missing"}, 5},
		damagedCase{map[string]string{"checkpoints/step-10": "flipped", "events.jsonl": "missing", "ledger.jsonl": "missing", "record.log": "missing"}, 5},
	)
	for _, c := range cases {
		name := strings.NewReplacer("map[", "", "]", "", " ", ",", "/", "-").Replace(fmt.Sprint(c.what))
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := s.damaged(t, "it", midSteps)
			for file, how := range c.what {
				damages[how](t, b, filepath.Join(b.path, file))
			}
			before := wholeFiles(t, b.path)
			if from := b.resumes(); from != c.from {
				t.Errorf("it goes on from step %d, want %d\n%s", from, c.from, b.screen)
			}
			if b.modelState() != stateOf(testSteps) {
				t.Error("another model came out")
			}
			b.lostNothing(before)
			v := b.verdict()
			for _, problem := range v.Problems {
				// A letter of a line that is another may leave a line, of which the audit says what is wrong.
				if c.what["events.jsonl"] != "flipped" && c.what["ledger.jsonl"] != "flipped" && !strings.Contains(problem, "lost from") {
					t.Errorf("the audit says: %s\n%s", problem, b.screen)
				}
			}
			again := resumeRun(b.path)
			if !errors.Is(again, errNothingToMend) {
				t.Errorf("once more: %v", again)
			}
		})
	}
}

// In the scoring the training is over: it is not begun again because of what is missing. The
// model is taken from the checkpoint that holds it too.
func TestResumeInTheScoring(t *testing.T) {
	t.Parallel()
	s := takeSnapshots(t)
	for name, c := range map[string]struct {
		damage func(t *testing.T, b *testRun)
		from   int
	}{
		"nothing":         {func(*testing.T, *testRun) {}, -1},
		"no model":        {func(t *testing.T, b *testRun) { damages["missing"](t, b, filepath.Join(b.path, "model")) }, -1},
		"a damaged model": {func(t *testing.T, b *testRun) { damages["flipped"](t, b, filepath.Join(b.path, "model")) }, -1},
		"no record":       {func(t *testing.T, b *testRun) { damages["missing"](t, b, filepath.Join(b.path, "record.log")) }, -1},
		"no record, events": {func(t *testing.T, b *testRun) {
			damages["missing"](t, b, filepath.Join(b.path, "record.log"))
			damages["missing"](t, b, filepath.Join(b.path, "events.jsonl"))
		}, -1},
		"no model at all": {func(t *testing.T, b *testRun) {
			damages["missing"](t, b, filepath.Join(b.path, "model"))
			damages["missing"](t, b, filepath.Join(b.path, "checkpoints", fmt.Sprint("step-", testSteps)))
		}, 5}, // the best one was kept
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := s.damaged(t, "it", scoring)
			c.damage(t, b)
			if from := b.resumes(); from != c.from {
				t.Errorf("it goes on from step %d, want %d\n%s", from, c.from, b.screen)
			}
			if b.modelState() != stateOf(testSteps) || b.steps() != testSteps {
				t.Errorf("another model came out, of %d steps", b.steps())
			}
		})
	}
}

// Workers that outlived their coordinator go on where they are, whatever file is missing, as
// long as one is left that says which state is the run's. Where none is, the newest checkpoint
// is the run's.
func TestResumeWithWorkersThatLive(t *testing.T) {
	t.Parallel()
	s := takeSnapshots(t)
	for name, c := range map[string]struct {
		missing []string
		from    int
	}{
		"nothing":           {nil, -1},
		"events":            {[]string{"events.jsonl"}, -1},
		"ledger":            {[]string{"ledger.jsonl"}, -1},
		"record":            {[]string{"record.log"}, -1},
		"ledger, record":    {[]string{"ledger.jsonl", "record.log"}, -1},
		"checkpoints":       {[]string{"checkpoints"}, -1},
		"events and ledger": {[]string{"events.jsonl", "ledger.jsonl"}, -1},
		"events, record":    {[]string{"events.jsonl", "record.log"}, 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := s.damaged(t, "it", midSteps)
			for _, file := range c.missing {
				damages["missing"](t, b, filepath.Join(b.path, file))
			}
			if err := b.tryStart(1, true); err != nil {
				t.Fatal(err)
			}
			from := -1
			b.startWorkerFrom("a", s.workers[midSteps], func(_ *fakeWorker, o protocol.Order) bool {
				if o.Begin != nil && o.Begin.Train {
					from = 0
					if o.Begin.Restore != nil {
						from = o.Begin.Restore.Step
					}
				}
				return false
			})
			if err := b.end(late); err != nil {
				t.Fatalf("%v\n%s", err, b.screen)
			}
			if from != c.from {
				t.Errorf("it goes on from step %d, want %d\n%s", from, c.from, b.screen)
			}
			if b.modelState() != stateOf(testSteps) || b.steps() != testSteps {
				t.Errorf("another model came out, of %d steps", b.steps())
			}
			for _, problem := range b.verdict().Problems {
				if !strings.Contains(problem, "lost from") {
					t.Errorf("the audit says: %s\n%s", problem, b.screen)
				}
			}
		})
	}
}
