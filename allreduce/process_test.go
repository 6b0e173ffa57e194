package allreduce

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// A paused process that comes back before the deadline is waited for.
func TestPausedProcessIsWaitedFor(t *testing.T) {
	t.Parallel()
	ranks := startRanks(t, 3, 20*time.Second)
	ranks.eachFinishes(t, 3)
	ranks[1].pauses(t)
	for _, rank := range []int{0, 2} {
		ranks[rank].waits(t)
	}
	ranks[1].signal(t, syscall.SIGCONT)
	ranks.eachFinishes(t, 3)
	for rank := range ranks {
		ranks[rank].orders(t, "stop")
	}
	for rank, p := range ranks {
		if end := p.end(t); end.Error != "" {
			t.Errorf("rank %d: %+v", rank, end)
		}
	}
}

// One that stays away longer is named by all others, and learns of it when it wakes.
func TestProcessPausedTooLongIsNamed(t *testing.T) {
	t.Parallel()
	const deadline = 4 * time.Second // long enough that a rank on a busy machine is not taken for the paused one
	for _, world := range []int{2, 3} {
		t.Run(fmt.Sprint(world, " ranks"), func(t *testing.T) {
			t.Parallel()
			ranks := startRanks(t, world, deadline)
			ranks.eachFinishes(t, 3)
			ranks[1].pauses(t)
			stopped := time.Now()
			for rank, p := range ranks {
				if rank == 1 {
					continue
				}
				p.endsNaming(t, 1, ErrPeerSilent)
				if took := time.Since(stopped); took < deadline/2 || took > deadline*9/8+busyMachine {
					t.Errorf("rank %d gave up after %v, the deadline is %v", rank, took, deadline)
				}
			}
			ranks[1].signal(t, syscall.SIGCONT)
			woken := time.Now()
			end := ranks[1].end(t)
			if end.Error == "" || end.Rank < 0 && end.Cause == "" {
				t.Errorf("the woken rank: %+v", end)
			}
			if took := time.Since(woken); took > 2*deadline+busyMachine {
				t.Errorf("the woken rank took %v to see that it was given up", took)
			}
		})
	}
}

// A killed process is named without waiting for any deadline.
func TestKilledProcessIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	ranks := startRanks(t, 3, time.Hour)
	ranks.eachFinishes(t, 3)
	ranks[1].signal(t, syscall.SIGKILL)
	for _, rank := range []int{0, 2} {
		ranks[rank].endsNaming(t, 1, ErrPeerGone)
	}
}

// busyMachine is what scheduling may add to a deadline.
const busyMachine = 10 * time.Second

// process is a rank's process as the test sees it.
type process struct {
	command *exec.Cmd
	stdin   io.WriteCloser
	reports chan report
}

type processes []*process

// startRanks starts a process for each rank, which sum until one is told to stop. They die
// with this process, at the latest: their standard input ends.
func startRanks(t *testing.T, world int, progress time.Duration) processes {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ranks := make(processes, world)
	for rank := range ranks {
		p := &process{command: exec.Command(self), reports: make(chan report, 1<<16)}
		p.command.Env = append(os.Environ(), fmt.Sprintf("%s=%d/%d/%v", rankVariable, rank, world, progress))
		p.command.Stderr = os.Stderr
		// A stopped process cannot see its input end; the kernel hangs up a group whose parent is gone.
		p.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		if p.stdin, err = p.command.StdinPipe(); err != nil {
			t.Fatal(err)
		}
		out, err := p.command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := p.command.Start(); err != nil {
			t.Fatal(err)
		}
		over := make(chan struct{})
		go func() {
			defer close(over)
			defer close(p.reports)
			for lines := json.NewDecoder(out); ; {
				var r report
				if lines.Decode(&r) != nil {
					return // the process has ended
				}
				p.reports <- r
			}
		}()
		t.Cleanup(func() {
			p.command.Process.Kill() // it may have ended
			<-over
			p.command.Wait() // says that it was killed
		})
		ranks[rank] = p
	}
	urls := make([]string, world)
	for rank, p := range ranks {
		urls[rank] = p.next(t).URL
	}
	for rank, p := range ranks {
		p.orders(t, urls[(rank+world-1)%world])
	}
	return ranks
}

// next is the process's next report.
func (p *process) next(t *testing.T) report {
	t.Helper()
	return p.nextThat(t, func(report) bool { return true })
}

// nextThat is the next report that is wanted, or the last one.
func (p *process) nextThat(t *testing.T, wanted func(report) bool) report {
	t.Helper()
	writeTimeout := time.After(60 * time.Second)
	for {
		select {
		case r, ok := <-p.reports:
			switch {
			case !ok:
				t.Fatal("a rank's process has ended without a word")
			case r.End || wanted(r):
				return r
			}
		case <-writeTimeout:
			t.Fatal("a rank's process does not say for 60 s what it should")
		}
	}
}

// eachFinishes waits until every rank has finished so many more operations.
func (ps processes) eachFinishes(t *testing.T, operations int) {
	t.Helper()
	for _, p := range ps {
		for range operations {
			p.says(t, func(r report) bool { return r.Op > 0 })
		}
	}
}

// says waits for a report while the rank works.
func (p *process) says(t *testing.T, wanted func(report) bool) {
	t.Helper()
	if r := p.nextThat(t, wanted); r.End {
		t.Fatalf("a rank ended: %+v", r)
	}
}

// pauses makes the rank stop its own process in the middle of an operation.
func (p *process) pauses(t *testing.T) {
	t.Helper()
	p.orders(t, "pause")
	p.says(t, func(r report) bool { return r.Pause })
}

// waits waits until the rank stands still for some ticks: what it waits for does not come.
func (p *process) waits(t *testing.T) {
	t.Helper()
	p.says(t, func(r report) bool { return r.Ticks >= 2 })
}

func (p *process) orders(t *testing.T, what string) {
	t.Helper()
	if _, err := fmt.Fprintln(p.stdin, what); err != nil {
		t.Fatal(err)
	}
}

// end is the process's last report.
func (p *process) end(t *testing.T) report {
	t.Helper()
	return p.nextThat(t, func(report) bool { return false })
}

// endsNaming waits for the end and wants an error that names the rank and the cause.
func (p *process) endsNaming(t *testing.T, rank int, cause error) {
	t.Helper()
	if end := p.end(t); end.Rank != rank || end.Cause != cause.Error() {
		t.Errorf("ended with %+v, want rank %d and %v", end, rank, cause)
	}
}

func (p *process) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := p.command.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}
