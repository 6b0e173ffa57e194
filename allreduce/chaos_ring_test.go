package allreduce

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Whatever happens to messages and links: each rank has the right sum, or an error that
// says who and where, in time. Play a failure again with -run 'TestChaos/memory/seed_17$'.
func TestChaos(t *testing.T) {
	t.Run("memory", func(t *testing.T) {
		forSeeds(t, 400, 32, func(t *testing.T, seed uint64) { harmfulCase(seed).run(t, overMemory()) })
	})
	for name, topology := range topologies {
		t.Run(name, func(t *testing.T) {
			connect := topology(t, 4)
			forSeeds(t, 32, 8, func(t *testing.T, seed uint64) { harmfulCase(seed).run(t, connect) })
		})
	}
}

// Delays shorter than the deadline and repeated messages do no harm.
func TestHarmlessChaos(t *testing.T) {
	t.Run("memory", func(t *testing.T) {
		forSeeds(t, 100, 16, func(t *testing.T, seed uint64) { harmlessCase(seed).run(t, overMemory()) })
	})
	for name, topology := range topologies {
		t.Run(name, func(t *testing.T) {
			connect := topology(t, 4)
			forSeeds(t, 12, 6, func(t *testing.T, seed uint64) { harmlessCase(seed).run(t, connect) })
		})
	}
}

// chaosCase is a ring on which things go wrong.
type chaosCase struct {
	options  Options
	lengths  []int
	plan     chaosPlan
	harmless bool
	linger   bool // a rank that failed closes its ring only when all have ended
}

// drawChaos draws a ring, some vectors, delays and repetitions.
func drawChaos(seed uint64) (chaosCase, *rand.Rand) {
	random := rand.New(rand.NewPCG(19, seed))
	c := chaosCase{options: testOptions(2 + random.IntN(3)), linger: random.IntN(2) == 0}
	c.options.Generation = seed + 1
	c.options.ChunkBytes = headerBytes + 16 + 4*random.IntN(100)
	c.options.Window = 1 + random.IntN(8)
	for range 1 + random.IntN(4) {
		c.lengths = append(c.lengths, random.IntN(2000)*random.IntN(2)+random.IntN(10))
	}
	c.plan = chaosPlan{
		Seed: seed, Delay: 3 << random.IntN(8), Repeat: 3 << random.IntN(8), End: -1, Delayed: new(atomic.Int64),
	}
	return c, random
}

func harmlessCase(seed uint64) chaosCase {
	c, _ := drawChaos(seed)
	c.harmless = true
	c.options.StartTimeout, c.options.ProgressTimeout = 30*time.Second, 30*time.Second
	c.plan.Longest = time.Millisecond
	return c
}

func harmfulCase(seed uint64) chaosCase {
	c, random := drawChaos(seed)
	c.options.StartTimeout, c.options.ProgressTimeout = 300*time.Millisecond, 150*time.Millisecond
	c.plan.Longest = 2 * time.Millisecond << random.IntN(8) // to beyond the deadline
	c.plan.Delay <<= 2
	rare := func() uint64 { // most runs have one kind of fault or none
		if random.IntN(4) > 0 {
			return 0
		}
		return 20 << random.IntN(6)
	}
	c.plan.Lose, c.plan.Flip, c.plan.Cut, c.plan.Misplace = rare(), rare(), rare(), rare()
	if random.IntN(3) == 0 {
		c.plan.End, c.plan.EndRank, c.plan.EndSide = 1+random.IntN(100), random.IntN(c.options.World), Side(random.IntN(2))
		c.plan.EndHow = ending(random.IntN(int(endings)))
	}
	return c
}

// run carries the case out on every rank and judges each rank's outcome.
func (c chaosCase) run(t *testing.T, connect connector) {
	var ended sync.WaitGroup // ranks that are done
	ended.Add(c.options.World)
	for rank, err := range onEveryRank(c.options.World, func(rank int) error { return c.runRank(rank, connect, &ended) }) {
		if err != nil {
			t.Errorf("rank %d: %v\n%+v", rank, err, c)
		}
	}
}

// runRank opens a ring, sums, closes, and says what was not as promised.
func (c chaosCase) runRank(rank int, connect connector, ended *sync.WaitGroup) error {
	done := sync.OnceFunc(ended.Done)
	defer done()
	o := c.options
	o.Rank = rank
	transport, err := connect(context.Background(), o)
	if err != nil {
		return err
	}
	began := time.Now()
	ring, err := Open(context.Background(), newChaos(transport, rank, c.plan), o)
	if err := c.inTime(began); err != nil {
		return fmt.Errorf("open: %w", err)
	}
	if err != nil {
		return c.allowed(err, 0)
	}
	defer ring.Close() // after a failure it has nothing to promise
	for i, length := range c.lengths {
		op := uint64(i + 1)
		vectors := randomVectors[float32](rand.New(rand.NewPCG(c.plan.Seed, op)), o.World, length)
		began := time.Now()
		err := ring.AllReduce(context.Background(), vectors[rank])
		if err := c.inTime(began); err != nil {
			return fmt.Errorf("all-reduce %d: %w", op, err)
		}
		if err == nil {
			want := inDocumentedOrder(refill(vectors, rank, c.plan.Seed, op, length))
			if err := sameBits(vectors[rank], want); err != nil {
				return fmt.Errorf("all-reduce %d has no error and a wrong sum: %w", op, err)
			}
			continue
		}
		if again := ring.AllReduce(context.Background(), nil); !errors.Is(again, ErrBroken) {
			return fmt.Errorf("after all-reduce %d failed the next gives %v, want ErrBroken", op, again)
		}
		if done(); c.linger {
			ended.Wait()
		}
		return c.allowed(err, op)
	}
	return ring.Close()
}

// refill makes the vectors again that an operation has overwritten at one rank.
func refill(vectors [][]float32, rank int, seed, op uint64, length int) [][]float32 {
	again := randomVectors[float32](rand.New(rand.NewPCG(seed, op)), len(vectors), length)
	vectors = append([][]float32{}, vectors...)
	vectors[rank] = again[rank]
	return vectors
}

// inTime holds a call to its deadline: within StartTimeout and two ProgressTimeouts a rank
// sees progress or gives up, at the next of eight ticks a ProgressTimeout; to that come the
// delays of this run and what a busy machine may take.
func (c chaosCase) inTime(began time.Time) error {
	const busy = 5 * time.Second
	limit := c.options.StartTimeout + c.options.ProgressTimeout*17/8 + time.Duration(c.plan.Delayed.Load()) + busy
	if took := time.Since(began); took > limit {
		return fmt.Errorf("took %v, at most %v is promised", took, limit)
	}
	return nil
}

// allowed says what is wrong with an error: it must be one of the documented kinds, and
// name a rank and where this rank was.
func (c chaosCase) allowed(err error, op uint64) error {
	var peer *PeerError
	switch {
	case c.harmless:
		return fmt.Errorf("failed though nothing harmful happened: %w", err)
	case errors.As(err, &peer):
		if peer.Rank < 0 || peer.Rank >= c.options.World || peer.Op != op || (peer.Phase == 0) != (op == 0) {
			return fmt.Errorf("%+v does not say who and where: %w", *peer, err)
		}
		for _, cause := range abortReasons {
			if errors.Is(err, cause) {
				return nil
			}
		}
	case errors.Is(err, ErrLinkLost):
		if c.plan.End > 0 && c.plan.EndHow == rankEnds {
			return nil // this rank's own transport ended
		}
	}
	return fmt.Errorf("not one of the documented errors: %w", err)
}

// overMemory makes the transports of one ring, in this process.
func overMemory() connector {
	var mu sync.Mutex
	var transports []Transport
	return func(_ context.Context, o Options) (Transport, error) {
		mu.Lock()
		defer mu.Unlock()
		if transports == nil {
			transports = NewMemory(o.World)
		}
		return transports[o.Rank], nil
	}
}

// forSeeds runs a subtest for each seed, so many at a time: they mostly wait.
func forSeeds(t *testing.T, seeds uint64, atATime int, f func(t *testing.T, seed uint64)) {
	var next atomic.Uint64
	var workers sync.WaitGroup
	for range atATime {
		workers.Go(func() {
			for {
				seed := next.Add(1) - 1
				if seed >= seeds {
					return
				}
				t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) { f(t, seed) })
			}
		})
	}
	workers.Wait()
}
