package e2e

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// One worker gets less time than the others, as on a machine that others use too: it
// stands still for most of every moment. It is named, and no link is: neither its own, nor
// those of the workers that wait for it.
func TestASlowRankIsNamed(t *testing.T) {
	d := newDesk(t)
	p := startEndless(t, d, "--workers", "3")
	moreSteps(t, d, p, judged)
	const slow = "local-1"
	hinder(t, processOf(t, p, slow))
	want := fmt.Sprintf("(worker %s) is slow: its own work takes", slow)
	p.await(t, "that the rank is named", func() bool { return strings.Contains(p.stdout.String(), want) })
	moreSteps(t, d, p, judged) // to name others, if it does
	for _, other := range []string{"local-0", "local-2"} {
		if strings.Contains(p.stdout.String(), fmt.Sprintf("(worker %s) is slow", other)) {
			t.Errorf("worker %s is named too:\n%s", other, p.stdout.String())
		}
	}
	if links := slowLinks(p); len(links) > 0 {
		t.Errorf("a link is named:\n%s", strings.Join(links, "\n"))
	}
	p.stop(t)
	d.noWorker(t)
	d.passesAudit(t, filepath.Join("runs", "long"))
}

// hinder lets a process run for a fifth of the time, until the test ends, in moments so
// short that each step's work has several.
func hinder(t *testing.T, pid int) {
	t.Helper()
	const runs, stands = 2 * time.Millisecond, 8 * time.Millisecond
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	t.Cleanup(func() { cancel(); <-done })
	go func() {
		defer close(done)
		for {
			for _, part := range []struct {
				signal syscall.Signal
				lasts  time.Duration
			}{{syscall.SIGSTOP, stands}, {syscall.SIGCONT, runs}} {
				if syscall.Kill(pid, part.signal) != nil {
					return // it is gone
				}
				select {
				case <-time.After(part.lasts):
				case <-ctx.Done():
					_ = syscall.Kill(pid, syscall.SIGCONT)
					return
				}
			}
		}
	}()
}
