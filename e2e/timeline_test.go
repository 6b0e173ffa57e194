package e2e

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A run that is asked to leaves a timeline of every step and rank that a viewer can
// read, and events whose parts add up.
func TestWhereAStepsTimeGoes(t *testing.T) {
	d := newDesk(t)
	const steps = 6
	args := []string{"--set", "method=mt", "--set", fmt.Sprintf("train.steps=%d", steps), "--workers", "2"}
	r := d.train(t, "traced", append(args, "--trace")...)
	for _, e := range r.events {
		l := e.Timeline
		if parts := l.Forward + l.Backward + l.RingExposed + l.Optimiser; !(l.Forward >= 0 && l.Backward > 0 && l.Optimiser > 0 && parts <= e.Seconds) {
			t.Errorf("step %d: %+v of %v s", e.Step, l, e.Seconds)
		}
		if e.RingSeconds != l.RingHidden+l.RingExposed || e.RingSeconds <= 0 {
			t.Errorf("step %d: the ring took %v s, hidden %v and exposed %v", e.Step, e.RingSeconds, l.RingHidden, l.RingExposed)
		}
		if e.RingBytes == 0 || e.DenseBytes < e.RingBytes {
			t.Errorf("step %d: %d bytes sent, %d if dense", e.Step, e.RingBytes, e.DenseBytes)
		}
	}

	var events []struct {
		Name, Ph string
		Ts, Dur  int64
		Pid, Tid int
		Args     struct {
			Name string
			Step int
		}
	}
	if err := json.Unmarshal([]byte(readFile(t, r.Trace())), &events); err != nil {
		t.Fatal(err)
	}
	bars := map[string]int{}
	for _, e := range events {
		if e.Ph != "X" {
			continue
		}
		kind, _, _ := strings.Cut(e.Name, " ")
		if kind != "forward" && kind != "backward" { // a micro-batch's, of which there may be several
			bars[fmt.Sprintf("rank %d %s", e.Pid, e.Name)]++
		} else if bars[fmt.Sprintf("rank %d %s of step %d", e.Pid, kind, e.Args.Step)] == 0 {
			bars[fmt.Sprintf("rank %d %s of step %d", e.Pid, kind, e.Args.Step)] = 1
		}
		if e.Dur < 0 || e.Ts <= 0 {
			t.Errorf("impossible bar: %+v", e)
		}
	}
	want := map[string]int{}
	for rank := range 2 {
		// The small encoder fits into one bucket; the word embeddings are the other.
		for _, name := range []string{"bucket 0", "bucket 1", "losses", "optimiser"} {
			want[fmt.Sprintf("rank %d %s", rank, name)] = steps
		}
		for step := range steps {
			want[fmt.Sprintf("rank %d step %d", rank, step)] = 1
			want[fmt.Sprintf("rank %d forward of step %d", rank, step)] = 1
			want[fmt.Sprintf("rank %d backward of step %d", rank, step)] = 1
		}
	}
	if diff := cmp.Diff(want, bars); diff != "" {
		t.Errorf("bars (-want +got):\n%s", diff)
	}

	// bfloat16 sends half and int8 a quarter, and both come to about the same losses.
	for dtype, share := range map[string]float64{"bfloat16": 0.5, "int8": 258.0 / 1024} {
		rounded := d.train(t, dtype, append(args, "--set", "cluster.gradient_dtype="+dtype)...)
		for i, e := range rounded.events {
			if was := r.events[i]; math.Abs(float64(e.RingBytes)/float64(was.RingBytes)-share) > 0.05 {
				t.Errorf("step %d: %d bytes in %s, %d in float32", i, e.RingBytes, dtype, was.RingBytes)
			}
			for task, loss := range e.Loss {
				if was := r.events[i].Loss[task]; math.Abs(loss-was) > 0.02*was {
					t.Errorf("step %d: loss of %s is %v in %s, %v in float32", i, task, loss, dtype, was)
				}
			}
		}
	}
}
