package training

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"ringmaster/benchmark/comparison"
	"ringmaster/benchmark/rounds"
	"ringmaster/run/directory"
)

// ours is the name of this program's side.
const ours = "ringmaster"

// warmUp is how many steps do not count: the first ones allocate memory.
const warmUp = 3

// document is a part of a run file. JSON is YAML too.
type document = map[string]any

func writeRunFile(path string, d document) error {
	content, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o600)
}

// cluster is the part of a run file that says where it runs.
func (b *bench) cluster(world int) document {
	return document{"workers": world, "oversubscribe": world > len(b.cores), "http": "off"}
}

// run is a finished run of the program.
type run struct {
	*ended
	dir    directory.Layout
	events []directory.Event
}

// runOurs carries a run file out in a folder of its own, which nothing shares teachers with; watch has
// its processor time read while it runs.
func (b *bench) runOurs(ctx context.Context, watch bool, command, file, name string, world int, args ...string) (*run, error) {
	r := &run{dir: directory.Layout(filepath.Join(b.dir, name, "run"))}
	if err := os.MkdirAll(filepath.Dir(string(r.dir)), 0o700); err != nil {
		return nil, err
	}
	line := append([]string{b.Program, command, file, "--run-dir", string(r.dir), "--device", "cpu", "--http", "off", "--workers", strconv.Itoa(world)}, args...)
	var err error
	if r.ended, err = (child{cores: b.coresOf(world), line: line, watch: watch}).run(ctx, ErrOurs); err != nil {
		return nil, err
	}
	r.events, err = readEvents(r.dir.Events())
	return r, err
}

func readEvents(path string) (events []directory.Event, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOurs, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for lines := json.NewDecoder(bufio.NewReader(f)); ; {
		var e directory.Event
		switch err := lines.Decode(&e); {
		case errors.Is(err, io.EOF):
			return events, nil
		case err != nil:
			return nil, fmt.Errorf("%w: %s: %w", ErrOurs, path, err)
		}
		events = append(events, e)
	}
}

// stepsOf are the median time from one commit to the next and the processor time of a step, without
// the warm-up.
func stepsOf(events []directory.Event, readings []reading) (seconds, cpuSeconds float64, err error) {
	if len(events) < warmUp+2 {
		return 0, 0, fmt.Errorf("%w: its run committed %d steps, want at least %d", ErrOurs, len(events), warmUp+2)
	}
	counted := events[warmUp-1:] // the first one's commit is where the first step that counts begins
	var gaps []float64
	for i := 1; i < len(counted); i++ {
		gaps = append(gaps, counted[i].Time.Sub(counted[i-1].Time).Seconds())
	}
	first, last := counted[0].Time, counted[len(counted)-1].Time
	used := cpuAt(readings, last) - cpuAt(readings, first)
	return rounds.Of(gaps).Median, used / float64(len(gaps)), nil
}

// stepSide is our side of a benchmark of steps: each round is a run of the same file.
func (b *bench) stepSide(command, file string, world int, unit comparison.Sample) side {
	return side{name: ours, measure: func(ctx context.Context, round int) (comparison.Sample, error) {
		s := unit
		r, err := b.runOurs(ctx, true, command, file, fmt.Sprintf("ours-%d-%d", world, round), world)
		if err != nil {
			return s, err
		}
		s.PeakBytes = r.peakBytes
		s.Seconds, s.CPUSeconds, err = stepsOf(r.events, r.readings)
		return s, err
	}}
}
