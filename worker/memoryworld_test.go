package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"

	"ringmaster/allreduce"
	"ringmaster/model"
	"ringmaster/model/torch"
	"ringmaster/run/protocol"
)

// TestMain checks that no tensor and no goroutine is left.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if left := torch.Live(); left != 0 && code == 0 {
			fmt.Printf("FAIL: %d tensors are left after all tests\n", left)
			code = 1
		}
		os.Exit(code)
	}))
}

// memoryWorld is the executors of a world, with a small model each, on a ring in memory. They
// have no coordinator: the test calls their steps.
type memoryWorld struct {
	t     *testing.T
	ranks []*executor
}

func newMemoryWorld(t *testing.T, world int, dtype string) *memoryWorld {
	t.Helper()
	return newMemoryWorldOn(t, world, dtype, "cpu")
}

// newMemoryWorldOn is newMemoryWorld with a list of devices for each rank.
func newMemoryWorldOn(t *testing.T, world int, dtype, device string) *memoryWorld {
	t.Helper()
	return newMemoryWorldOf(t, "tiny", world, dtype, device)
}

// newMemoryWorldOf is newMemoryWorldOn with another of package model's test folders.
func newMemoryWorldOf(t *testing.T, folder string, world int, dtype, device string) *memoryWorld {
	t.Helper()
	return newMemoryWorldWith(t, folder, world, dtype, device, func(*model.Spec) {})
}

// newMemoryWorldWith is newMemoryWorldOf with a model that change alters.
func newMemoryWorldWith(t *testing.T, folder string, world int, dtype, device string, change func(*model.Spec)) *memoryWorld {
	t.Helper()
	w := &memoryWorld{t: t, ranks: make([]*executor, world)}
	transports := allreduce.NewMemory(world)
	var group errgroup.Group
	for rank := range w.ranks {
		group.Go(func() error {
			e := &executor{log: slog.New(slog.DiscardHandler), session: newSession(nil, Options{})}
			w.ranks[rank] = e
			none := 0.0
			spec := model.Spec{
				Dir: filepath.Join("..", "model", "testdata", folder), Device: device, Threads: 1, Seed: 1, Dropout: &none,
				Tasks: []model.Task{{Name: "first", Classes: 2}, {Name: "second", Classes: 3}}, MicroBatch: 2, BucketBytes: 2 << 10,
			}
			change(&spec)
			loaded, err := openReplicas(context.Background(), spec)
			if err != nil {
				return err
			}
			e.stage = newStage(protocol.Begin{
				Name: "student", Train: true, ClipNorm: 1, WeightDecay: 0.01, GradientDtype: dtype, Trace: true,
				Tasks: []protocol.Task{{Name: "first", Classes: []string{"a", "b"}}, {Name: "second", Classes: []string{"a", "b", "c"}}},
			}, "", loaded)
			e.member.ring = &ring{place: protocol.Ring{Rank: rank, Workers: make([]string, world)}}
			if world > 1 {
				e.member.ring.Striped, err = allreduce.OpenStriped(context.Background(), transports[rank:rank+1], allreduce.Options{Rank: rank, World: world, Run: "test", Generation: 1})
			}
			return err
		})
	}
	err := group.Wait()
	t.Cleanup(func() {
		for _, e := range w.ranks {
			if err := errors.Join(e.member.ring.close(), e.stage.close()); err != nil {
				t.Error(err)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// deal splits a batch over the ranks' orders, evenly where it can.
func deal(step, world int, batch []protocol.Example, withTokens bool) []protocol.Step {
	var tokens []int32
	if withTokens && world > 1 {
		tokens = tokensOf(batch)
	}
	orders := make([]protocol.Step, world)
	for rank := range orders {
		orders[rank] = protocol.Step{
			Step: step, LR: 1e-2, Count: len(batch), Hash: true, Tokens: tokens,
			Examples: batch[len(batch)*rank/world : len(batch)*(rank+1)/world],
		}
	}
	return orders
}

// tokensOf lists the tokens of a batch, rising, each once.
func tokensOf(batch []protocol.Example) (tokens []int32) {
	for _, e := range batch {
		tokens = append(tokens, e.IDs...)
	}
	slices.Sort(tokens)
	return slices.Compact(tokens)
}

// trainStep does a step without the checks of its order, and returns the report.
func (e *executor) trainStep(ctx context.Context, s *protocol.Step) (*protocol.StepDone, error) {
	reduced, err := e.reduce(ctx, s)
	if err != nil {
		return nil, err
	}
	return e.update(ctx, reduced)
}

// trainStep has every rank do its order.
func (w *memoryWorld) trainStep(ctx context.Context, orders []protocol.Step) ([]*protocol.StepDone, []error) {
	done, errs := make([]*protocol.StepDone, len(orders)), make([]error, len(orders))
	var group errgroup.Group
	for rank, e := range w.ranks {
		group.Go(func() error {
			done[rank], errs[rank] = e.trainStep(ctx, &orders[rank])
			return nil
		})
	}
	_ = group.Wait()
	return done, errs
}

// batchOf is the batch of step n: of both tasks, of one, or of so few examples that some
// ranks get none.
func batchOf(n int) []protocol.Example {
	count := []int{6, 5, 1}[n%3]
	var batch []protocol.Example
	for i := range count {
		e := protocol.Example{Task: (i / 2) % 2, Class: (n + i) % 2, IDs: []int32{2}}
		if n%3 == 1 {
			e.Task = 1
		}
		for j := range 3 + (7*i+n)%5 {
			e.IDs = append(e.IDs, int32(5+(11*n+3*i+j)%25))
		}
		batch = append(batch, e)
	}
	return batch
}

// train does steps and returns each step's loss and the hash after it. It checks that the
// ranks agree.
func (w *memoryWorld) train(steps int, withTokens bool) (losses []float64, hashes []string) {
	w.t.Helper()
	for n := range steps {
		done, errs := w.trainStep(context.Background(), deal(n, len(w.ranks), batchOf(n), withTokens))
		if err := errors.Join(errs...); err != nil {
			w.t.Fatal(err)
		}
		loss := 0.0
		for rank, d := range done {
			if d.Hash != done[0].Hash {
				w.t.Fatalf("step %d: rank %d has other parameters than rank 0", n, rank)
			}
			if !slices.Equal(d.LossSum, done[0].LossSum) || !slices.Equal(d.Counts, done[0].Counts) {
				w.t.Fatalf("step %d: rank %d reports losses %v of %v examples, rank 0 %v of %v", n, rank, d.LossSum, d.Counts, done[0].LossSum, done[0].Counts)
			}
			w.checkReport(d)
		}
		examples := 0
		for task, sum := range done[0].LossSum {
			loss += sum
			examples += done[0].Counts[task]
		}
		if examples != len(batchOf(n)) {
			w.t.Errorf("step %d: losses of %d examples, want %d", n, examples, len(batchOf(n)))
		}
		losses, hashes = append(losses, loss), append(hashes, done[0].Hash)
	}
	return losses, hashes
}

// checkReport checks that a report's numbers agree with each other.
func (w *memoryWorld) checkReport(d *protocol.StepDone) {
	w.t.Helper()
	l := d.Timeline
	if busy := l.Forward + l.Backward + l.RingExposed + l.Optimiser; busy > d.Seconds || l.Optimiser <= 0 {
		w.t.Errorf("%+v takes %v s of %v", l, busy, d.Seconds)
	}
	if (d.RingBytes > 0) != (len(w.ranks) > 1) || d.DenseBytes < d.RingBytes {
		w.t.Errorf("%d bytes sent, %d if dense", d.RingBytes, d.DenseBytes)
	}
	buckets := 0
	for _, s := range d.Spans {
		if s.Row == protocol.RingRow && s.Name != lossesSpan {
			if s.Name != fmt.Sprintf("bucket %d", buckets) {
				w.t.Errorf("the ring's span %d is %q", buckets, s.Name)
			}
			buckets++
		}
	}
	if want := len(w.ranks[0].stage.gradients.buckets); len(w.ranks) > 1 && buckets != want || len(w.ranks) == 1 && buckets != 0 {
		w.t.Errorf("%d buckets on the ring, want %d", buckets, want)
	}
}
