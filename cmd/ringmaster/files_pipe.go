package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync/atomic"
	"time"

	"ringmaster/run/transfer"
	"ringmaster/sleep"
)

const (
	// mostCuts is how many cuts in a row, without a byte between them, end a transfer.
	mostCuts = 4
	// cutPause is before the second attempt, and twice as long before each further one.
	cutPause = time.Second
	// partingTime is how long the other end has to end by itself.
	partingTime = 3 * time.Second
)

// throughCommand runs a command and has work talk to it over its standard input and output. When it
// is cut, the command is run again, as long as that brings something further: moved counts what
// has moved so far.
func throughCommand(ctx context.Context, command []string, moved func() int64, work func(io.ReadWriter) error) error {
	for cuts := 1; ; cuts++ {
		before := moved()
		err := once(ctx, command, work)
		if moved() > before {
			cuts = 1
		}
		if !errors.Is(err, transfer.ErrCut) || ctx.Err() != nil || cuts >= mostCuts {
			return err
		}
		pause := cutPause << (cuts - 1)
		fmt.Fprintf(os.Stderr, "ringmaster: %v; it goes on in %s\n", err, pause)
		if err := sleep.For(ctx, pause); err != nil {
			return err
		}
	}
}

// once runs the command once.
func once(ctx context.Context, command []string, work func(io.ReadWriter) error) error {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stderr, cmd.WaitDelay = os.Stderr, partingTime
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return badInput(fmt.Errorf("cannot run %s: %w", command[0], err))
	}
	worked := work(standardPipe{out, in})
	_ = in.Close() // which the other end takes as a cut, unless it is done
	late := time.AfterFunc(partingTime, func() { _ = cmd.Process.Kill() })
	ended := cmd.Wait()
	late.Stop()
	if worked != nil && ended != nil && errors.Is(worked, transfer.ErrCut) {
		return fmt.Errorf("%w (%s: %w)", worked, command[0], ended)
	}
	return worked
}

// meter shows on standard error how far a transfer is.
type meter struct {
	what  string
	all   int64
	count atomic.Int64
	last  time.Time
}

// meterPause is between two lines of a meter.
const meterPause = 2 * time.Second

func newMeter(what string, all int64) *meter { return &meter{what: what, all: all, last: time.Now()} }

func (m *meter) moved() int64 { return m.count.Load() }

// add counts bytes that have moved.
func (m *meter) add(n int64) { m.at(m.count.Load()+n, m.all) }

// at says how many bytes there are now.
func (m *meter) at(here, all int64) {
	m.count.Store(here)
	if now := time.Now(); now.Sub(m.last) >= meterPause {
		m.last = now
		fmt.Fprintf(os.Stderr, "%s %s of %s\n", m.what, megabytes(here), megabytes(all))
	}
}

// megabytes is a size for people.
func megabytes(n int64) string {
	if n < 10<<20 {
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%d MB", n>>20)
}
