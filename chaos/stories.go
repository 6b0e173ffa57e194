//go:build linux

package chaos

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"ringmaster/run/protocol"
)

// Some faults are a short story, of which the product has to say how it ends.

// livesInVain is how often a worker that dies on joining comes.
const livesInVain = 3

// dieJoining starts a worker that is killed as soon as it has joined, again and again under
// one name. The coordinator has to see what that is, and keep it out for a while.
func (t *trial) dieJoining(ctx context.Context) error {
	t.passers++
	name := fmt.Sprintf("passer-by-%d", t.passers)
	way, err := t.links.open(name)
	if err != nil {
		return err
	}
	defer way.close()
	said, log := t.saysFrom(t.logFile("coordinator")), t.logFile(name)
	for life := range livesInVain {
		p, err := t.nursery.start(name, log, t.dir, t.env(protocol.TokenEnv+"="+t.token), t.programs.Worker,
			"join", "--nats", way.url(), "--name", name, "--threads", "1")
		if err != nil {
			return err
		}
		joined := func() bool { return strings.Count(textOf(log), "msg=joined") > life || p.over() }
		err = t.await(ctx, "message from "+name+" that it has joined", joined)
		if t.finished { // it hears that, and leaves nothing behind
			return t.goes(ctx, p)
		}
		p.kill()
		if err != nil {
			return err
		}
	}
	return t.mustSay(ctx, said, "it waits as a spare for a while")
}

// goes has a worker leave a run that is over.
func (t *trial) goes(ctx context.Context, p *process) error {
	if err := p.signal(syscall.SIGTERM); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, departure)
	defer cancel()
	select {
	case <-p.ended:
	case <-ctx.Done():
		t.problem("%s was asked to leave a finished run and is still running:\n%s", p.name, quote(p.log))
	}
	return nil
}

// departureOfCoordinator is how long a coordinator that was asked to stop may take when workers
// die meanwhile: two seconds of silence, the time for a last checkpoint, and as much again.
const departureOfCoordinator = 20 * time.Second

// stopAndKill asks the coordinator to stop, and kills all workers but one, which has the
// run's state. The coordinator has to end, soon, by itself, and to say how the run goes on.
func (t *trial) stopAndKill(ctx context.Context, survivor int) error {
	said := t.saysFrom(t.logFile("coordinator"))
	if err := t.coordinator.signal(syscall.SIGTERM); err != nil {
		return err
	}
	for number, m := range t.workers {
		t.touched[number] = true // those that live hear that the run is over, and end
		if number != survivor && !m.leaving {
			m.process.kill()
		}
	}
	select {
	case <-t.coordinator.ended:
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(departureOfCoordinator):
		return fmt.Errorf("%w: the coordinator was asked to stop %s ago, at step %d\n%s", ErrHang, departureOfCoordinator, t.watch.steps(), t.tails())
	}
	const stopped = 130
	switch code := t.coordinator.code; code {
	case 0:
		t.finished = true
		return nil
	case stopped:
	default:
		t.problem("the coordinator was asked to stop and ended with %s:\n%s", t.coordinator.how, quote(t.coordinator.log))
	}
	t.coordinator = nil
	return t.mustSay(ctx, said, "--resume")
}

// mustSay waits for a sentence, in what a log has more than it had.
func (t *trial) mustSay(ctx context.Context, said func() string, sentence string) error {
	const soon = 5 * time.Second
	deadline := time.Now().Add(soon)
	for !strings.Contains(said(), sentence) {
		if time.Now().After(deadline) {
			t.problem("the coordinator did not print %q:\n%s", sentence, said())
			return nil
		}
		if err := t.rest(ctx); err != nil {
			return err
		}
	}
	return nil
}

// saysFrom gives what a log has more than it has now.
func (t *trial) saysFrom(log string) func() string {
	had := len(textOf(log))
	return func() string { return textOf(log)[had:] }
}

// textOf is a log's text, empty before its program has started.
func textOf(log string) string {
	text, err := os.ReadFile(log)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err.Error()
	}
	return string(text)
}

// loseLog kills the coordinator and takes one of the files away that the next one goes by, or
// all that is in it. Workers live and hold the state: nothing may be lost for that.
func (t *trial) loseLog() error {
	t.coordinator.kill()
	if t.finished = t.coordinator.code == 0; t.finished {
		return nil
	}
	t.coordinator = nil
	if err := t.watch.look(); err != nil { // the last look at what it was
		return err
	}
	logs := []string{t.run.Events(), t.run.Ledger(), t.run.RecordLog()}
	log := logs[t.lost%len(logs)]
	empty := t.lost/len(logs)%2 == 1
	t.lost++
	t.missing = filepath.Base(log)
	if empty {
		t.notice("%s was emptied", t.missing)
		return os.Truncate(log, 0)
	}
	t.notice("%s was removed", t.missing)
	return os.Remove(log)
}
