package progress_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringmaster/coordinator/progress"
	"ringmaster/run/metrics"
)

// clock is a clock that a test turns on.
type clock struct{ now time.Time }

func newClock() *clock { return &clock{time.Date(2026, 3, 9, 7, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time       { return c.now }
func (c *clock) tick(d time.Duration) { c.now = c.now.Add(d) }

// update rewrites the files of testdata from what is shown now; read the difference.
var update = flag.Bool("update", false, "rewrite testdata")

// golden compares text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Error(diff)
	}
}

// run reports a small run: a short teacher, then a student of 40 steps of half a second.
func run(t *testing.T, o progress.Options, c *clock, w *strings.Builder) {
	t.Helper()
	o.Now = c.Now
	r := progress.New(w, o)
	r.Note("2 workers, 1860 texts")
	r.StageStarted(progress.Stage{Name: "teacher empathy", Index: 1, Of: 2, Steps: 2, Tasks: []string{"empathy"}})
	for step := range 2 {
		c.tick(2 * time.Second)
		r.Step(progress.Step{Step: step, Loss: map[string]float64{"empathy": 0.7}, Examples: map[string]int{"empathy": 32}, Seconds: 2})
	}
	r.StageDone()
	r.StageStarted(progress.Stage{Name: "student", Index: 2, Of: 2, Steps: 40, Tasks: []string{"empathy", "sentiment"}, Annealed: true})
	for step := range 40 {
		c.tick(500 * time.Millisecond)
		if step == 5 {
			r.Warn("worker 1 has left; going on with %d of 2", 1)
		}
		r.Step(progress.Step{
			Step: step, Lambda: float64(step) / 39,
			Loss:     map[string]float64{"sentiment": 0.5, "empathy": 0.625},
			Examples: map[string]int{"sentiment": 20, "empathy": 12},
			Seconds:  0.5, RingSeconds: 0.125,
		})
	}
	r.StageDone()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestPlain(t *testing.T) {
	var b strings.Builder
	run(t, progress.Options{}, newClock(), &b)
	golden(t, "plain.txt", b.String())
}

// Long steps print by time, not only by share.
func TestPlainPrintsEachHalfMinute(t *testing.T) {
	c := newClock()
	var b strings.Builder
	r := progress.New(&b, progress.Options{Now: c.Now})
	r.StageStarted(progress.Stage{Name: "s", Steps: 1000})
	for step := range 10 {
		c.tick(10 * time.Second)
		r.Step(progress.Step{Step: step})
	}
	if got := strings.Count(b.String(), "\n"); got != 1+4 { // the start; steps 1, 4, 7, 10
		t.Errorf("%d lines:\n%s", got, &b)
	}
}

// A terminal shows, in the end, what is expected, at any width without a wrap.
func TestLive(t *testing.T) {
	for _, width := range []int{10, 20, 40, 60, 80, 100, 140, 200} {
		var b strings.Builder
		run(t, progress.Options{Live: true, Width: func() int { return width }}, newClock(), &b)
		lines, widest := replay(t, b.String())
		if widest >= width {
			t.Errorf("width %d: a live line takes %d columns", width, widest)
		}
		want := "2 workers, 1860 texts " +
			"[1/2] teacher empathy done: 2/2 steps in 4.0s loss empathy 0.700 16 examples/s " +
			"warning: worker 1 has left; going on with 1 of 2 " +
			"[2/2] student done: 40/40 steps in 20s loss empathy 0.625 sentiment 0.500 64 examples/s"
		if diff := cmp.Diff(want, strings.Join(strings.Fields(strings.Join(lines, " ")), " ")); diff != "" {
			t.Errorf("width %d: %s", width, diff)
		}
		for _, line := range lines {
			if width >= 60 && len(line) > width {
				t.Errorf("width %d: a line of %d columns: %s", width, len(line), line)
			}
		}
	}
}

func TestLiveLineByWidth(t *testing.T) {
	for width, want := range map[int]string{
		0:   "[2/2] student  20/40  λ 0.487  loss empathy 0.625 sentiment 0.500  10s left",
		20:  "20/40",
		24:  "[2/2] student  20/40",
		40:  "[2/2] student  20/40  10s left",
		70:  "[2/2] student  20/40  λ 0.487  loss empathy 0.625  10s left",
		120: "[2/2] student  ━━━━━─────  20/40  λ 0.487  loss empathy 0.625 sentiment 0.500  64 examples/s  ring 25%  10s left",
		140: "[2/2] student  ━━━━━━━━━━━━────────────  20/40  λ 0.487  loss empathy 0.625 sentiment 0.500  64 examples/s  ring 25%  10s left",
	} {
		c := newClock()
		var b strings.Builder
		r := progress.New(&b, progress.Options{Live: true, Now: c.Now, Width: func() int { return width }})
		r.StageStarted(progress.Stage{Name: "student", Index: 2, Of: 2, Steps: 40, Tasks: []string{"empathy", "sentiment"}, Annealed: true})
		for step := range 20 {
			c.tick(500 * time.Millisecond)
			r.Step(progress.Step{
				Step: step, Lambda: float64(step) / 39,
				Loss:     map[string]float64{"sentiment": 0.5, "empathy": 0.625},
				Examples: map[string]int{"sentiment": 20, "empathy": 12},
				Seconds:  0.5, RingSeconds: 0.125,
			})
		}
		lines, _ := replay(t, b.String())
		if got := lines[len(lines)-1]; got != want {
			t.Errorf("width %d:\n got %q\nwant %q", width, got, want)
		}
	}
}

func TestLiveDrawsAtMostTenTimesASecond(t *testing.T) {
	c := newClock()
	var b strings.Builder
	r := progress.New(&b, progress.Options{Live: true, Now: c.Now})
	r.StageStarted(progress.Stage{Name: "s", Steps: 1000})
	for step := range 1000 {
		c.tick(time.Millisecond)
		r.Step(progress.Step{Step: step})
	}
	if n := strings.Count(b.String(), "\r"); n > 13 {
		t.Errorf("%d drawings in a second", n)
	}
	lines, _ := replay(t, b.String())
	if got := lines[len(lines)-1]; !strings.Contains(got, "1000/1000") {
		t.Errorf("the last step is not shown: %q", got)
	}
}

// An interrupted run leaves the prompt on a line of its own.
func TestCloseEndsTheLiveLine(t *testing.T) {
	c := newClock()
	var b strings.Builder
	r := progress.New(&b, progress.Options{Live: true, Now: c.Now})
	r.StageStarted(progress.Stage{Name: "s", Steps: 10})
	if err := errors.Join(r.Close(), r.Close()); err != nil {
		t.Fatal(err)
	}
	r.Step(progress.Step{Step: 1}) // late, from a worker that still answers
	lines, _ := replay(t, b.String())
	if diff := cmp.Diff([]string{"s  ────────────────────────  0/10", ""}, lines); diff != "" {
		t.Error(diff)
	}
}

// The time left follows a change of pace, and a pause before the first step is not in it.
func TestTimeLeftFollowsThePace(t *testing.T) {
	c := newClock()
	var b strings.Builder
	r := progress.New(&b, progress.Options{Live: true, Now: c.Now})
	left := func() string {
		lines, _ := replay(t, b.String())
		fields := strings.Split(lines[len(lines)-1], "  ")
		return fields[len(fields)-1]
	}
	r.StageStarted(progress.Stage{Name: "s", Steps: 1000})
	c.tick(10 * time.Minute) // a model is loaded
	step := 0
	advance := func(n int, each time.Duration) {
		for range n {
			c.tick(each)
			r.Step(progress.Step{Step: step})
			step++
		}
	}
	advance(1, time.Second)
	if got := left(); strings.Contains(got, "left") {
		t.Errorf("after one step: %q", got)
	}
	advance(99, time.Second)
	if got := left(); got != "15m00s left" {
		t.Errorf("at one second a step: %q", got)
	}
	advance(100, 2*time.Second) // 800 steps at two seconds are 26m40s
	if got := left(); got != "26m40s left" && got != "26m39s left" {
		t.Errorf("at two seconds a step: %q", got)
	}
}

func TestWriteErrorIsKept(t *testing.T) {
	r := progress.New(broken{}, progress.Options{Now: newClock().Now})
	r.Note("a")
	r.Note("b")
	if err := r.Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v", err)
	}
	if err := progress.WriteSummary(broken{}, progress.Summary{}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("summary: got %v", err)
	}
}

func TestForFileIsPlainOffTerminals(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if o := progress.ForFile(f, time.Now); o.Live || o.Width() != 0 {
		t.Errorf("a file is taken for a terminal: %+v", o)
	}
}

func TestSummary(t *testing.T) {
	binary, err := metrics.FromCounts([]string{"none", "empathy"}, [][]int{{100, 20}, {15, 105}})
	if err != nil {
		t.Fatal(err)
	}
	never, err := metrics.FromCounts([]string{"negative", "positive"}, [][]int{{5, 0}, {5, 0}})
	if err != nil {
		t.Fatal(err)
	}
	b, n := binary.Scores(), never.Scores()
	var out strings.Builder
	// A student that reads two texts is asked with a tab between them.
	var pair strings.Builder
	if err := progress.WriteSummary(&pair, progress.Summary{Student: "model", Program: "ringmaster", Target: "level", Pairs: true}); err != nil || !strings.Contains(pair.String(), `try it   printf 'I feel so alone.\tI am so sorry, that sounds hard.\n' | ringmaster predict --model model --task level`) {
		t.Errorf("%v: %s", err, pair.String())
	}
	err = progress.WriteSummary(&out, progress.Summary{
		Scores: metrics.Report{{Task: "empathy", Valid: &b, Test: &b}, {Task: "sentiment", Test: &n}},
		Target: "empathy",
		Stages: []progress.StageTime{{Name: "teacher empathy", Took: 21 * time.Second}, {Name: "student", Took: 95 * time.Second}},
		Took:   2*time.Minute + 4*time.Second,
		RunDir: "runs/my run", Student: "runs/my run/model", Program: "bin/ringmaster",
	})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "summary.txt", out.String())
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, os.ErrClosed }

// replay is a terminal: what its lines show in the end, and the widest that was ever
// on a line that is redrawn.
func replay(t *testing.T, output string) (lines []string, widest int) {
	t.Helper()
	line, column := []rune{}, 0
	live := false
	for len(output) > 0 {
		if rest, ok := strings.CutPrefix(output, "\x1b[K"); ok {
			if line = line[:column]; live {
				// Only a line that is not ended at once is a live one.
				if !strings.HasPrefix(rest, "\n") {
					widest = max(widest, column)
				}
			}
			output = rest
			continue
		}
		r := []rune(output)[0]
		output = output[len(string(r)):]
		switch r {
		case '\x1b':
			t.Fatalf("unknown escape sequence before %.10q", output)
		case '\n':
			lines = append(lines, string(line))
			line, column, live = []rune{}, 0, false
		case '\r':
			column, live = 0, true
		default:
			if column < len(line) {
				line[column] = r
			} else {
				line = append(line, r)
			}
			column++
		}
	}
	return append(lines, string(line)), widest
}

func TestNotesGoAside(t *testing.T) {
	var steps, aside strings.Builder
	r := progress.New(&steps, progress.Options{Now: time.Now, Aside: &aside})
	r.Note("a note of %d", 1)
	r.Warn("a warning")
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if aside.String() != "a note of 1\n" || steps.String() != "warning: a warning\n" {
		t.Errorf("aside %q, beside the steps %q", aside.String(), steps.String())
	}
}
