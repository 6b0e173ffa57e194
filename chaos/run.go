//go:build linux

package chaos

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"time"

	"ringmaster/chaos/faults"
	"ringmaster/chaos/recovery"
	"ringmaster/run/directory"
)

// Run tries one seed. An error says that it did not come to a verdict; the report then
// holds what was found until then.
func Run(ctx context.Context, o Options) (_ Report, err error) {
	began := time.Now()
	steps := o.steps()
	schedule, err := faults.Plan(faults.Options{
		Seed: o.Seed, Faults: o.Faults, Kinds: o.Kinds,
		Start: startWith, Min: minWorkers, Max: maxWorkers, Spares: spares, Spacing: o.Spacing,
	})
	if err != nil {
		return Report{}, err
	}
	d, err := layDesk(o.Dir, steps)
	if err != nil {
		return Report{}, err
	}
	n := newNursery()
	defer n.close()
	t := &trial{
		fleet: &fleet{
			desk: d, programs: o.Programs, nursery: n, token: rand.Text(), workers: map[int]*member{}, payload: maxPayload,
			run: directory.Layout(d.at("runs", fmt.Sprintf("seed-%d", o.Seed))), logs: d.at("logs", fmt.Sprintf("seed-%d", o.Seed)),
		},
		o: o, report: Report{Seed: o.Seed, Steps: steps}, touched: map[int]bool{}, sockets: map[string]string{},
	}
	t.watch.path = t.run.Events()
	defer func() { err = errors.Join(err, t.sweep()) }()
	report := func() Report {
		t.report.Recovery = recovery.Distribution(t.samples)
		t.report.Seconds = time.Since(began).Seconds()
		return t.report
	}
	if err := t.clear(); err != nil {
		return t.report, err
	}
	if err := t.play(ctx, schedule); err != nil {
		if errors.Is(err, ErrHang) {
			err = fmt.Errorf("%w\nthe stacks of the programs' goroutines are in %s", err, t.logs)
			t.dump()
		}
		return report(), err
	}
	err = t.verdict(ctx)
	return report(), err
}

// quietRuns are the runs to compare with: with the most workers, and with the fewest, which
// differ only by the order in which numbers are added.
func (t *trial) quietRuns(ctx context.Context) (q [2]directory.Layout, err error) {
	for i, workers := range []int{maxWorkers, minWorkers} {
		t.say("undisturbed run of %d steps with %d workers", t.report.Steps, workers)
		if q[i], err = t.quiet(ctx, t.nursery, t.o.Programs, workers, t.report.Steps); err != nil {
			return q, err
		}
	}
	return q, nil
}

// play goes through the schedule and to the run's end.
func (t *trial) play(ctx context.Context, s faults.Schedule) error {
	if err := t.begin(ctx); err != nil {
		return err
	}
	for i, r := range s.Rounds {
		if err := t.round(ctx, i+1, len(s.Rounds), r); err != nil {
			return err
		}
		if t.finished {
			return nil
		}
	}
	t.say("all faults injected at step %d of %d", t.watch.steps(), t.report.Steps)
	for !t.finished {
		at := t.watch.steps()
		if err := t.await(ctx, "further step or end of the run", func() bool { return t.watch.steps() > at }); err != nil {
			return err
		}
	}
	return t.watch.look()
}

// sweep ends what is left, and takes the small disks away.
func (t *trial) sweep() error {
	t.close()
	var errs []error
	for _, d := range []*disk{t.disk, t.temp} {
		if d != nil {
			errs = append(errs, d.unmount())
		}
	}
	return errors.Join(errs...)
}

// clear removes what an earlier trial of the seed, or one that was killed, left.
func (t *trial) clear() error {
	for _, dir := range []string{string(t.run), t.logs, t.at("tmp")} {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	return os.Mkdir(t.at("tmp"), 0o755)
}
