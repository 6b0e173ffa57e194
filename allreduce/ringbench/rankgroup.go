package ringbench

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"ringmaster/affinity"
)

// exitGrace is how long processes have to leave by themselves before they are killed.
const exitGrace = 10 * time.Second

// A rankGroup is the processes of one world: the ring's ranks, or the peer's. All do the
// same at the same time, or wait without using a processor. Whoever starts it closes it.
type rankGroup struct {
	failure   error // what an error of it is: ErrRank or ErrPeer
	processes []*process
	cpu       func() (time.Duration, error) // of a broker outside the ranks; nil where there is none

	dismiss  sync.Once
	kill     *time.Timer
	unlisten func() bool // stops listening to the context
}

// startRanks starts a process for each rank, each on its share of the cores where cores
// are given. The end of ctx dismisses them.
func startRanks(ctx context.Context, failure error, world int, command func() *exec.Cmd, cores []int) (*rankGroup, error) {
	c := &rankGroup{failure: failure}
	for rank := range world {
		var own []int
		if cores != nil {
			own = []int{affinity.Share(cores, rank, world)}
		}
		p, err := start(fmt.Sprintf("rank %d of %d", rank, world), command(), own)
		if err != nil {
			c.close()
			return nil, fmt.Errorf("%w: %w", failure, err)
		}
		c.processes = append(c.processes, p)
	}
	c.unlisten = context.AfterFunc(ctx, c.leave)
	return c, nil
}

// ask gives every rank its order and waits for all answers. When one rank fails all are
// dismissed, so that none waits for it.
func (c *rankGroup) ask(orderOf func(rank int) order) ([]answer, error) {
	answers := make([]answer, len(c.processes))
	var all errgroup.Group
	for rank, p := range c.processes {
		all.Go(func() (err error) {
			if answers[rank], err = p.ask(orderOf(rank)); err == nil {
				return nil
			}
			c.leave()
			if errors.Is(err, errEnded) {
				p.wait()
				err = fmt.Errorf("%s %w (%s)%s", p.name, err, p.end, p.said.quote())
			}
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return nil, fmt.Errorf("%w: %w", c.failure, err)
	}
	return answers, nil
}

// connect brings the ranks together: each is reachable, then each links up.
func (c *rankGroup) connect(topology Topology, broker string, o Options) error {
	world := len(c.processes)
	at, err := c.ask(func(rank int) order {
		return order{Do: doListen, Rank: rank, World: world, Topology: topology}
	})
	if err != nil {
		return err
	}
	join := order{Do: doJoin, Broker: broker, ChunkBytes: o.ChunkBytes, Window: o.Window, Stripes: o.Stripes}
	for _, a := range at {
		join.Addresses = append(join.Addresses, a.Address)
		join.Streams = append(join.Streams, a.Stream)
	}
	_, err = c.ask(func(int) order { return join })
	return err
}

// leave dismisses all processes, and has those killed that stay.
func (c *rankGroup) leave() {
	c.dismiss.Do(func() {
		for _, p := range c.processes {
			p.leave()
		}
		c.kill = time.AfterFunc(exitGrace, func() {
			for _, p := range c.processes {
				_ = p.cmd.Process.Kill() // one that has ended cannot be killed
			}
		})
	})
}

// close dismisses all processes and waits for their ends. How they ended is no news: what
// went wrong was told as an answer, or the lack of one.
func (c *rankGroup) close() {
	if c.unlisten != nil {
		c.unlisten()
	}
	c.leave()
	for _, p := range c.processes {
		p.wait()
	}
	c.kill.Stop()
}
