package coordinator

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ringmaster/run/directory"
	"ringmaster/run/protocol"
)

// snapshots are what kill -9 would have left of one run at several moments, after so many
// steps or in the scoring, and what its worker then held.
type snapshots struct {
	b     *bench
	hands map[int]held
}

const (
	earlySteps  = 7  // one checkpoint, of step 5
	midSteps    = 12 // checkpoints of steps 5 and 10
	newestSteps = 17 // and of step 15
	scoring     = 99
)

// takeSnapshots carries a run out, and copies its directory at each moment.
func takeSnapshots(t *testing.T) *snapshots {
	t.Helper()
	b := newBench(t, "checkpoint.keep=9")
	b.start(1, false)
	var limit, reached atomic.Int64
	open := make(chan struct{})
	s := &snapshots{b, map[int]held{}}
	b.hire("a", func(h *hand, o protocol.Order) bool {
		at := -1
		switch {
		case o.Step != nil:
			at = o.Step.Step
			b.keeps(h, at)
		case o.InferenceBatch != nil && o.InferenceBatch.Stage == 1:
			at = scoring
		}
		if int64(at) == limit.Load() {
			s.hands[at] = h.held
			reached.Store(int64(at))
			select {
			case <-open:
			case <-h.ctx.Done():
			}
		}
		return false
	})
	for _, moment := range []int{earlySteps, midSteps, newestSteps, scoring} {
		limit.Store(int64(moment))
		if moment != earlySteps {
			open <- struct{}{}
		}
		b.await("the moment", func() bool { return reached.Load() == int64(moment) })
		newest := moment / 5 * 5
		if moment == scoring {
			newest = benchSteps
		}
		b.await("the checkpoint", func() bool {
			record, _, err := directory.Layout(b.path).ReadRecord()
			if moment == scoring {
				return err == nil && len(record.Done) == 1
			}
			return err == nil && record.Kept != nil && record.Kept.Step == newest && b.steps() == moment
		})
		copyTree(t, b.path, b.at(moment))
	}
	close(open)
	if err := b.end(late); err != nil {
		t.Fatal(err)
	}
	return s
}

// keeps has a hand wait for the checkpoint that was ordered before a step: one that is due while
// another is under way is left out.
func (b *bench) keeps(h *hand, step int) {
	for ; step%5 == 0 && step > 0 && h.ctx.Err() == nil; time.Sleep(2 * time.Millisecond) { // between two looks
		record, _, err := directory.Layout(b.path).ReadRecord()
		if err == nil && record.Kept != nil && record.Kept.Step == step {
			return
		}
	}
}

// at is where the copy of a moment lies.
func (b *bench) at(moment int) string { return filepath.Join(b.dir, fmt.Sprint("at-", moment)) }

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		switch {
		case name == "lock", name == "control.json", strings.HasPrefix(filepath.Base(name), ".tmp-"):
			return nil
		case e.IsDir():
			return os.MkdirAll(filepath.Join(to, name), 0o755)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), text, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// harm is what may become of a file or folder.
type harm func(t *testing.T, b *bench, path string)

var harms = map[string]harm{
	"missing": func(t *testing.T, _ *bench, path string) {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
	},
	"empty": func(t *testing.T, _ *bench, path string) { eachFile(t, path, func([]byte) []byte { return nil }) },
	"torn": func(t *testing.T, _ *bench, path string) {
		eachFile(t, path, func(text []byte) []byte { return text[:max(0, len(text)-7)] })
	},
	"flipped": func(t *testing.T, _ *bench, path string) {
		eachFile(t, path, func(text []byte) []byte {
			if len(text) > 0 {
				text[len(text)/2] ^= 4
			}
			return text
		})
	},
	"older": func(t *testing.T, b *bench, path string) { replaceBy(t, b, path, earlySteps) },
	"newer": func(t *testing.T, b *bench, path string) { replaceBy(t, b, path, newestSteps) },
}

// eachFile changes a file, or all files of a folder.
func eachFile(t *testing.T, path string, change func([]byte) []byte) {
	t.Helper()
	err := filepath.WalkDir(path, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(path, change(text), 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// replaceBy puts what stood there at another moment in a file's place.
func replaceBy(t *testing.T, b *bench, path string, moment int) {
	t.Helper()
	name, err := filepath.Rel(b.path, path)
	if err != nil {
		t.Fatal(err)
	}
	from := filepath.Join(b.at(moment), name)
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(from); err == nil && info.IsDir() {
		copyTree(t, from, path)
		return
	}
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// harmed is a bench whose run directory is that of a moment.
func (s *snapshots) harmed(t *testing.T, name string, moment int) *bench {
	t.Helper()
	b := &bench{t: t, dir: s.b.dir, set: s.b.set, path: filepath.Join(t.TempDir(), name)}
	copyTree(t, s.b.at(moment), b.path)
	return b
}

// goesOn resumes a run with a new worker to its end, and says at which step that began; −1
// where it had nothing to train.
func (b *bench) goesOn() (from int) {
	b.t.Helper()
	from = -1
	if err := b.tryStart(1, true); err != nil {
		b.t.Fatal(err)
	}
	b.hire("fresh", func(_ *hand, o protocol.Order) bool {
		if o.Begin != nil && o.Begin.Train {
			from = 0
			if o.Begin.Restore != nil {
				from = o.Begin.Restore.Step
			}
		}
		return false
	})
	if err := b.end(late); err != nil {
		b.t.Fatalf("%v\n%s", err, b.screen)
	}
	return from
}

// Whatever is missing, empty, torn, damaged, older or newer than the rest, alone or with others:
// the run goes on from the best that is whole and comes to the same end.
func TestResumeWithAnythingMissingOrDamaged(t *testing.T) {
	t.Parallel()
	s := takeSnapshots(t)
	files := []string{"events.jsonl", "ledger.jsonl", "record.log", "plan.json", "config.yaml", "checkpoints"}
	type harmedCase struct {
		what map[string]string // file: harm
		from int               // the step that it goes on from
	}
	var cases []harmedCase
	for _, file := range files {
		for how := range harms {
			from := 10
			if file == "checkpoints" {
				from = map[string]int{"missing": 0, "empty": 0, "torn": 0, "flipped": 0, "older": 5, "newer": 15}[how]
			}
			cases = append(cases, harmedCase{map[string]string{file: how}, from})
		}
	}
	for _, how := range []string{"missing", "empty", "flipped"} {
		for i, one := range files[:5] {
			for _, other := range files[i+1 : 5] {
				cases = append(cases, harmedCase{map[string]string{one: how, other: how}, 10})
			}
		}
	}
	cases = append(cases,
		harmedCase{map[string]string{"events.jsonl": "missing", "ledger.jsonl": "missing", "record.log": "missing"}, 10},
		harmedCase{map[string]string{"events.jsonl": "missing", "ledger.jsonl": "missing", "record.log": "missing", "plan.json": "missing", "config.yaml": "missing"}, 10},
		harmedCase{map[string]string{"events.jsonl": "older", "ledger.jsonl": "newer"}, 10},
		harmedCase{map[string]string{"events.jsonl": "older", "ledger.jsonl": "older", "record.log": "newer", "checkpoints": "newer"}, 15},
		harmedCase{map[string]string{"events.jsonl": "newer", "ledger.jsonl": "older", "record.log": "older", "checkpoints": "newer"}, 15},
		harmedCase{map[string]string{"checkpoints/step-10": "flipped"}, 5},
		harmedCase{map[string]string{"checkpoints/step-10": "missing"}, 5},
		harmedCase{map[string]string{"checkpoints/step-10": "flipped", "events.jsonl": "missing"}, 5},
		harmedCase{map[string]string{"checkpoints/step-10": "flipped", "record.log": "missing"}, 5},
		harmedCase{map[string]string{"checkpoints/step-10": "flipped", "events.jsonl": "missing", "ledger.jsonl": "missing", "record.log": "missing"}, 5},
	)
	for _, c := range cases {
		name := strings.NewReplacer("map[", "", "]", "", " ", ",", "/", "-").Replace(fmt.Sprint(c.what))
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := s.harmed(t, "it", midSteps)
			for file, how := range c.what {
				harms[how](t, b, filepath.Join(b.path, file))
			}
			before := wholeFiles(t, b.path)
			if from := b.goesOn(); from != c.from {
				t.Errorf("it goes on from step %d, want %d\n%s", from, c.from, b.screen)
			}
			if b.modelState() != stateOf(benchSteps) {
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

// wholeFiles are the contents of the files that a resume may replace.
func wholeFiles(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, name := range []string{"events.jsonl", "ledger.jsonl", "record.log"} {
		if text, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
			all[name] = string(text)
		}
	}
	return all
}

// lostNothing checks that every whole line that was there is still somewhere in the directory.
func (b *bench) lostNothing(before map[string]string) {
	b.t.Helper()
	for name, text := range before {
		found := map[string]bool{}
		there, err := filepath.Glob(filepath.Join(b.path, name+"*"))
		if err != nil {
			b.t.Fatal(err)
		}
		for _, path := range there {
			now, err := os.ReadFile(path)
			if err != nil {
				b.t.Fatal(err)
			}
			for line := range strings.Lines(string(now)) {
				found[line] = true
			}
		}
		for line := range strings.Lines(text) {
			if strings.HasSuffix(line, "\n") && !found[line] {
				b.t.Errorf("a line of %s is gone: %.120s", name, line)
			}
		}
	}
}

var errNothingToMend = errors.New("nothing to mend")

// resumeRun opens a run once more, and says what is to be mended.
func resumeRun(path string) error {
	d, err := directory.Resume(path)
	if err != nil {
		return err
	}
	err = errNothingToMend
	if d.Mended() != nil {
		err = fmt.Errorf("mended again: %q", d.Mended())
	}
	return errors.Join(err, d.Close())
}

// In the scoring the training is over: it is not begun again because of what is missing. The
// model is taken from the checkpoint that holds it too.
func TestResumeInTheScoring(t *testing.T) {
	t.Parallel()
	s := takeSnapshots(t)
	for name, c := range map[string]struct {
		harm func(t *testing.T, b *bench)
		from int
	}{
		"nothing":         {func(*testing.T, *bench) {}, -1},
		"no model":        {func(t *testing.T, b *bench) { harms["missing"](t, b, filepath.Join(b.path, "model")) }, -1},
		"a damaged model": {func(t *testing.T, b *bench) { harms["flipped"](t, b, filepath.Join(b.path, "model")) }, -1},
		"no record":       {func(t *testing.T, b *bench) { harms["missing"](t, b, filepath.Join(b.path, "record.log")) }, -1},
		"no record, events": {func(t *testing.T, b *bench) {
			harms["missing"](t, b, filepath.Join(b.path, "record.log"))
			harms["missing"](t, b, filepath.Join(b.path, "events.jsonl"))
		}, -1},
		"no model at all": {func(t *testing.T, b *bench) {
			harms["missing"](t, b, filepath.Join(b.path, "model"))
			harms["missing"](t, b, filepath.Join(b.path, "checkpoints", fmt.Sprint("step-", benchSteps)))
		}, 5}, // the best one was kept
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := s.harmed(t, "it", scoring)
			c.harm(t, b)
			if from := b.goesOn(); from != c.from {
				t.Errorf("it goes on from step %d, want %d\n%s", from, c.from, b.screen)
			}
			if b.modelState() != stateOf(benchSteps) || b.steps() != benchSteps {
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
			b := s.harmed(t, "it", midSteps)
			for _, file := range c.missing {
				harms["missing"](t, b, filepath.Join(b.path, file))
			}
			if err := b.tryStart(1, true); err != nil {
				t.Fatal(err)
			}
			from := -1
			b.rehire("a", s.hands[midSteps], func(_ *hand, o protocol.Order) bool {
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
			if b.modelState() != stateOf(benchSteps) || b.steps() != benchSteps {
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
