package training

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ringmaster/affinity"
	"ringmaster/config"
	"ringmaster/run/directory"
)

// at is so many seconds after the beginning of a recorded run.
func at(seconds float64) time.Time {
	return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Add(time.Duration(seconds * float64(time.Second)))
}

// A run whose steps take 2, 2, 2, then 1, 1, 5, 1 seconds, on one processor all the time. Only those after
// the warm-up count, and the slow one does not move the median.
func TestStepsOf(t *testing.T) {
	var events []directory.Event
	for _, s := range []float64{2, 4, 6, 7, 8, 13, 14} {
		events = append(events, directory.Event{Time: at(s)})
	}
	readings := []reading{{at(0), 100}, {at(5), 105}, {at(10), 110}, {at(20), 120}}
	seconds, cpu, err := stepsOf(events, readings)
	if err != nil {
		t.Fatal(err)
	}
	if seconds != 1 {
		t.Errorf("the median step takes %v s, want 1", seconds)
	}
	if want := 2.; math.Abs(cpu-want) > 1e-9 { // 8 s from the third commit to the last, 4 steps
		t.Errorf("a step takes %v s of processor time, want %v", cpu, want)
	}
	if _, _, err := stepsOf(events[:warmUp+1], readings); !errors.Is(err, ErrOurs) {
		t.Errorf("of too few steps: %v, want ErrOurs", err)
	}
}

func TestCPUOutsideTheReadings(t *testing.T) {
	readings := []reading{{at(1), 10}, {at(3), 14}}
	for seconds, want := range map[float64]float64{0: 10, 1: 10, 2: 12, 3: 14, 9: 14} {
		if got := cpuAt(readings, at(seconds)); got != want {
			t.Errorf("after %v s: %v, want %v", seconds, got, want)
		}
	}
	if got := cpuAt(nil, at(0)); got != 0 {
		t.Errorf("without readings: %v", got)
	}
}

// A process that waits for its child uses none itself: what is read is the child's, while it runs
// and after it has ended.
func TestAChildsUseIsCounted(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("without /proc nobody knows what a process uses")
	}
	const busy = `i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done`
	e, err := child{cores: []int{firstCore(t)}, line: []string{"sh", "-c", "sh -c '" + busy + "'; sleep 1"}, watch: true}.run(t.Context(), ErrOurs)
	if err != nil {
		t.Fatal(err)
	}
	if len(e.readings) < 4 || e.readings[0].cpu != 0 || e.cpuSeconds <= 0 || e.peakBytes == 0 {
		t.Fatalf("%d readings, %v s, %d bytes", len(e.readings), e.cpuSeconds, e.peakBytes)
	}
	if last := e.readings[len(e.readings)-2].cpu; math.Abs(last-e.cpuSeconds) > 0.1 {
		t.Errorf("read %v s before its end, the kernel counted %v", last, e.cpuSeconds)
	}
	if !slices.IsSortedFunc(e.readings, func(a, b reading) int { return int(1000 * (a.cpu - b.cpu)) }) {
		t.Errorf("processor time goes back: %v", e.readings)
	}
}

func firstCore(t *testing.T) int {
	t.Helper()
	cores, err := affinity.Cores()
	if err != nil {
		t.Fatal(err)
	}
	return cores[0]
}

func TestAFailedChildIsQuoted(t *testing.T) {
	_, err := child{cores: []int{firstCore(t)}, line: []string{"sh", "-c", "echo first >&2; echo no module named torch >&2; exit 3"}}.run(t.Context(), ErrPeer)
	if !errors.Is(err, ErrPeer) || !strings.HasSuffix(err.Error(), "it last said: no module named torch") || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("error %v", err)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	good := Options{Model: "minilm", Workers: []int{1}, Threads: 1, Batch: 16, Length: 64, Steps: 5, Rounds: 1, Precision: config.Float32}
	if err := good.CheckSteps(); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(o *Options){
		"no number of workers":     func(o *Options) { o.Workers = nil },
		"0 workers":                func(o *Options) { o.Workers = []int{1, 0} },
		"no model":                 func(o *Options) { o.Model = "" },
		"0 threads":                func(o *Options) { o.Threads = 0 },
		"4096 threads each":        func(o *Options) { o.Threads = 4096 },
		"a batch of 0":             func(o *Options) { o.Batch = 0 },
		"a length of 3 tokens":     func(o *Options) { o.Length = 3 },
		"1 steps a round":          func(o *Options) { o.Steps = 1 },
		"0 rounds":                 func(o *Options) { o.Rounds = 0 },
		`precision "float8"`:       func(o *Options) { o.Precision = "float8" },
		"/no/python cannot be run": func(o *Options) { o.PeerPython = "/no/python" },
	} {
		o := good
		spoil(&o)
		if err := o.CheckSteps(); !errors.Is(err, ErrOptions) || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one that says %q", err, want)
		}
	}
	bad := good
	bad.Steps = -1
	if err := bad.CheckJob(); !errors.Is(err, ErrOptions) {
		t.Errorf("a job of -1 steps: %v, want ErrOptions", err)
	}
}

func TestWordsAreTheModels(t *testing.T) {
	dir := t.TempDir()
	if len(words(dir)) < 100 {
		t.Errorf("without a list of words only %d are made", len(words(dir)))
	}
	if err := os.WriteFile(filepath.Join(dir, "vocab.txt"), []byte("[PAD]\nstorm\n##ing\nthe\nhope\ngrün\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := words(dir); !slices.Equal(got, []string{"storm", "hope"}) {
		t.Errorf("words %q", got)
	}
}
