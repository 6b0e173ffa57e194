//go:build linux

package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os/exec"
	"slices"
	"strings"
	"time"

	"ringmaster/chaos/recovery"
	"ringmaster/run/directory"
)

// departure is how long workers may take to go once the run is over.
const departure = 20 * time.Second

// verdict checks all that has to hold after a run.
func (t *trial) verdict(ctx context.Context) error {
	r := &t.report
	r.Recovery = recovery.Distribution(t.samples)
	r.check("faults", r.Faults == t.o.Faults, "%d of %d were injected before the run ended", r.Faults, t.o.Faults)
	r.check("processes", len(t.problems) == 0, "%d unexpected events%s", len(t.problems), firstLine(t.problems))
	if err := t.checkLeavers(ctx); err != nil {
		return err
	}
	if err := t.checkAudit(ctx); err != nil {
		return err
	}
	if err := t.checkSteps(); err != nil {
		return err
	}
	if err := t.checkNamed(); err != nil {
		return err
	}
	if err := t.checkLeftovers(); err != nil {
		return err
	}
	t.checkTimes()
	if err := t.checkResult(ctx); err != nil {
		return err
	}
	r.judge()
	return nil
}

func firstLine(problems []string) string {
	if len(problems) == 0 {
		return ""
	}
	line, _, _ := strings.Cut(problems[0], "\n")
	return ": " + line
}

// checkLeavers waits for the workers, which hear that the run is over.
func (t *trial) checkLeavers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, departure)
	defer cancel()
	var late []string
	for _, m := range t.workers {
		select {
		case <-m.process.ended:
			if m.process.code != 0 {
				late = append(late, fmt.Sprintf("%s ended with %s", m.process.name, m.process.how))
			}
		case <-ctx.Done():
			late = append(late, m.process.name+" is still running")
		}
	}
	t.report.check("workers end with the run", len(late) == 0, "%d did not%s", len(late), firstLine(late))
	return nil
}

// checkAudit asks the product's own audit.
func (t *trial) checkAudit(ctx context.Context) error {
	c := exec.CommandContext(ctx, t.programs.Ringmaster, "audit", "--json", string(t.run))
	c.Env = t.env()
	out, err := c.Output()
	var verdict struct {
		OK       bool
		Finished bool
		Problems []string
		Steps    int
	}
	if parsed := json.Unmarshal(out, &verdict); parsed != nil {
		return fmt.Errorf("audit of %s: %w", t.run, errors.Join(err, parsed))
	}
	told := len(verdict.Problems)
	if t.lost > 0 { // that lines of a log are missing, it has to say
		verdict.Problems = slices.DeleteFunc(verdict.Problems, func(p string) bool { return strings.Contains(p, " lost from ") })
	}
	ok := verdict.OK || told > 0 && len(verdict.Problems) == 0
	t.report.check("audit", ok && verdict.Finished, "%d steps, finished %v, %d problems%s", verdict.Steps, verdict.Finished, len(verdict.Problems), firstLine(verdict.Problems))
	return nil
}

// checkSteps counts the log: each step once, in order, under generations that never fall.
// In every schedule somebody keeps the state, so no run has to go back to a checkpoint.
func (t *trial) checkSteps() error {
	wrong := ""
	for i, e := range t.watch.events {
		switch {
		case e.Step != i:
			wrong = fmt.Sprintf(", line %d is step %d", i+1, e.Step)
		case i > 0 && e.Generation < t.watch.events[i-1].Generation:
			wrong = fmt.Sprintf(", generation %d after %d at step %d", e.Generation, t.watch.events[i-1].Generation, e.Step)
		}
		if wrong != "" {
			break
		}
	}
	// A coordinator that dies between its two logs has committed one step in one of them.
	back := 0
	for _, n := range t.watch.backs {
		back = max(back, n)
	}
	t.report.check("no rollback", back <= 1, "at most %d steps rolled back at once; %d rollbacks", back, len(t.watch.backs))
	t.report.check("steps", wrong == "" && t.watch.steps() == t.report.Steps, "%d of %d%s", t.watch.steps(), t.report.Steps, wrong)
	return nil
}

// leeway is how many times as far as two quiet runs are apart a run under faults may be
// from them.
const leeway = 10

// checkResult holds the run against those to which nothing is done. They come last: of a
// run that broke nobody wants to know.
func (t *trial) checkResult(ctx context.Context) error {
	quiet, err := t.quietRuns(ctx)
	if err != nil {
		return err
	}
	if err := t.checkCurve(quiet); err != nil {
		return err
	}
	return t.checkModel(ctx, quiet)
}

// checkCurve holds the loss of every window of steps against the quiet run's.
func (t *trial) checkCurve(quiet [2]directory.Layout) error {
	var curves [2][]float64
	for i, run := range quiet {
		var events []directory.Event
		if _, err := run.ReadEvents(func(e directory.Event) error { events = append(events, e); return nil }); err != nil {
			return err
		}
		curves[i] = curve(events)
	}
	noise, off := furthest(curves[0], curves[1]), furthest(curves[0], curve(t.watch.events))
	bound := leeway*noise + 1e-4
	t.report.check("loss", off <= bound, "the loss curve differs by %.2g from that of the undisturbed run; two undisturbed runs differ by %.2g, the limit is %.2g", off, noise, bound)
	return nil
}

// window is how many steps' losses are averaged.
const window = 25

// curve is the mean loss of each window of steps.
func curve(events []directory.Event) (means []float64) {
	for steps := range slices.Chunk(events, window) {
		sum := 0.0
		for _, e := range steps {
			for _, loss := range e.Loss {
				sum += loss / float64(len(e.Loss))
			}
		}
		means = append(means, sum/float64(len(steps)))
	}
	return means
}

func furthest(a, b []float64) (most float64) {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	for i := range a {
		most = max(most, math.Abs(a[i]-b[i]))
	}
	return most
}

// checkModel holds the final model against the quiet run's.
func (t *trial) checkModel(ctx context.Context, quiet [2]directory.Layout) error {
	noise, err := distance(ctx, quiet[0].Model(), quiet[1].Model())
	if err != nil {
		return err
	}
	off, err := distance(ctx, quiet[0].Model(), t.run.Model())
	if err != nil {
		return err
	}
	bound := leeway*noise + 1e-6
	t.report.check("model", off <= bound, "its weights differ by %.2g from those of the undisturbed run (relative L2 distance); two undisturbed runs differ by %.2g, the limit is %.2g", off, noise, bound)
	return nil
}

// checkLeftovers looks for what should be gone.
func (t *trial) checkLeftovers() error {
	t.server.kill() // the trial's own
	running, err := t.processes()
	if err != nil {
		return err
	}
	t.report.check("no process left", len(running) == 0, "%d left: %v", len(running), running)
	all, err := listeners()
	if err != nil {
		return err
	}
	var open []string
	for inode, address := range t.sockets {
		if _, still := all[inode]; still {
			open = append(open, address)
		}
	}
	t.report.check("no port left", len(open) == 0, "%d used, %d still open %v", len(t.sockets), len(open), open)
	files, err := t.unfinished()
	if err != nil {
		return err
	}
	t.report.check("no temporary file left", len(files) == 0, "%d left: %v", len(files), files)
	return nil
}

// checkTimes holds the times to recover against their goals.
func (t *trial) checkTimes() {
	if len(t.report.Recovery) == 0 || t.o.Median <= 0 && t.o.Worst <= 0 {
		return
	}
	all := t.report.Recovery[len(t.report.Recovery)-1]
	ok := (t.o.Median <= 0 || all.Median <= t.o.Median.Seconds()) && (t.o.Worst <= 0 || all.Worst <= t.o.Worst.Seconds())
	t.report.check("recovery", ok, "median %.2f s, worst %.2f s; limits %s and %s", all.Median, all.Worst, t.o.Median, t.o.Worst)
}
