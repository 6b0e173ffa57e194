package worker

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"

	"ringmaster/allreduce"
	"ringmaster/coordinator/protocol"
	"ringmaster/model"
	"ringmaster/model/torch"
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

// crew are the executors of a world, on a ring in memory, with one small model each.
type crew struct {
	t     *testing.T
	ranks []*executor
}

func newCrew(t *testing.T, world int, wire string) *crew {
	t.Helper()
	return newCrewOn(t, world, wire, "cpu")
}

// newCrewOn is newCrew with a list of devices for each rank.
func newCrewOn(t *testing.T, world int, wire, device string) *crew {
	t.Helper()
	c := &crew{t: t, ranks: make([]*executor, world)}
	transports := allreduce.NewMemory(world)
	var group errgroup.Group
	for rank := range c.ranks {
		group.Go(func() error {
			e := &executor{stage: protocol.Begin{
				Name: "student", ClipNorm: 1, WeightDecay: 0.01, Wire: wire, Trace: true,
				Tasks: []protocol.Task{{Name: "first", Classes: []string{"a", "b"}}, {Name: "second", Classes: []string{"a", "b", "c"}}},
			}}
			c.ranks[rank] = e
			none := 0.0
			var err error
			e.replicas, err = openReplicas(context.Background(), model.Spec{
				Dir: filepath.Join("..", "model", "testdata", "tiny"), Device: device, Threads: 1, Seed: 1, Dropout: &none,
				Tasks: []model.Task{{Name: "first", Classes: 2}, {Name: "second", Classes: 3}}, MicroBatch: 2, BucketBytes: 2 << 10,
			})
			if err != nil {
				return err
			}
			e.model = e.replicas[0]
			e.exchange = newExchange(e.model, wire)
			e.ring = &ring{place: protocol.Ring{Rank: rank, Workers: make([]string, world)}}
			if world > 1 {
				e.ring.Ring, err = allreduce.Open(context.Background(), transports[rank], allreduce.Options{Rank: rank, World: world, Run: "test", Generation: 1})
			}
			return err
		})
	}
	err := group.Wait()
	t.Cleanup(func() {
		for _, e := range c.ranks {
			if err := errors.Join(e.ring.close(), e.replicas.close()); err != nil {
				t.Error(err)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// deal cuts a batch into the ranks' orders, in runs of equal length where it can.
func deal(step, world int, batch []protocol.Example, withTokens bool) []protocol.Step {
	var tokens []int32
	if withTokens && world > 1 {
		for _, e := range batch {
			tokens = append(tokens, e.IDs...)
		}
		slices.Sort(tokens)
		tokens = slices.Compact(tokens)
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

// take has every rank do its order.
func (c *crew) take(ctx context.Context, orders []protocol.Step) ([]*protocol.StepDone, []error) {
	done, errs := make([]*protocol.StepDone, len(orders)), make([]error, len(orders))
	var group errgroup.Group
	for rank, e := range c.ranks {
		group.Go(func() error {
			done[rank], errs[rank] = e.takeStep(ctx, &orders[rank])
			return nil
		})
	}
	_ = group.Wait()
	return done, errs
}

// batchOf is a made-up batch of step n: of both tasks, of one, or of so few examples
// that ranks go without.
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

// walk takes steps and returns each step's loss and the hash after it, having made sure
// that the ranks agree.
func (c *crew) walk(steps int, withTokens bool) (losses []float64, hashes []string) {
	c.t.Helper()
	for n := range steps {
		done, errs := c.take(context.Background(), deal(n, len(c.ranks), batchOf(n), withTokens))
		if err := errors.Join(errs...); err != nil {
			c.t.Fatal(err)
		}
		loss := 0.0
		for rank, d := range done {
			if d.Hash != done[0].Hash {
				c.t.Fatalf("step %d: rank %d has other parameters than rank 0", n, rank)
			}
			for _, sum := range d.LossSum {
				loss += sum
			}
			c.checkReport(d)
		}
		losses, hashes = append(losses, loss), append(hashes, done[0].Hash)
	}
	return losses, hashes
}

// checkReport holds a report against itself.
func (c *crew) checkReport(d *protocol.StepDone) {
	c.t.Helper()
	l := d.Timeline
	if busy := l.Forward + l.Backward + l.RingExposed + l.Optimiser; busy > d.Seconds || l.Optimiser <= 0 {
		c.t.Errorf("%+v takes %v s of %v", l, busy, d.Seconds)
	}
	if (d.RingBytes > 0) != (len(c.ranks) > 1) || d.DenseBytes < d.RingBytes {
		c.t.Errorf("%d bytes sent, %d if dense", d.RingBytes, d.DenseBytes)
	}
	buckets := 0
	for _, s := range d.Spans {
		if s.Row == protocol.RingRow {
			if s.Name != fmt.Sprintf("bucket %d", buckets) {
				c.t.Errorf("the ring's span %d is %q", buckets, s.Name)
			}
			buckets++
		}
	}
	if want := len(c.ranks[0].exchange.buckets); len(c.ranks) > 1 && buckets != want || len(c.ranks) == 1 && buckets != 0 {
		c.t.Errorf("%d buckets on the ring, want %d", buckets, want)
	}
}

// However many ranks: the same losses, to rounding; all ranks the same bits; and sending
// only the rows of the step's tokens changes no bit.
func TestStepsOnARing(t *testing.T) {
	const steps = 9
	alone, _ := newCrew(t, 1, "float32").walk(steps, true)
	if !(alone[6] < 0.9*alone[0]) { // a batch of the same make
		t.Errorf("losses %v: nothing is learnt", alone)
	}
	for world := 2; world <= 4; world++ {
		losses, hashes := newCrew(t, world, "float32").walk(steps, true)
		for n := range losses {
			if math.Abs(losses[n]-alone[n]) > 1e-4*alone[n] {
				t.Errorf("world %d, step %d: loss %v, alone %v", world, n, losses[n], alone[n])
			}
		}
		if _, dense := newCrew(t, world, "float32").walk(steps, false); !slices.Equal(hashes, dense) {
			t.Errorf("world %d: other bits than with all rows", world)
		}
	}
}

// Half the bytes; and what rounding loses is kept for the next step, rows included.
func TestStepsInBFloat16(t *testing.T) {
	const steps = 9
	exact, _ := newCrew(t, 2, "float32").walk(steps, true)
	c := newCrew(t, 2, wireBFloat16)
	losses, _ := c.walk(steps, true)
	for n := range losses {
		if math.Abs(losses[n]-exact[n]) > 0.05*exact[n] {
			t.Errorf("step %d: loss %v, in float32 %v", n, losses[n], exact[n])
		}
	}
	x := c.ranks[0].exchange
	for i, b := range x.buckets {
		if !slices.ContainsFunc(x.residual[b.Lo:b.Hi], func(v float32) bool { return v != 0 }) {
			t.Errorf("bucket %d of %d has no residual", i, len(x.buckets))
		}
	}
}

// A rank whose loss is not finite says of which task, and has sent nothing; the others
// wait until its ring closes, and no longer.
func TestLossThatIsNotFinite(t *testing.T) {
	c := newCrew(t, 2, "float32")
	st, err := c.ranks[0].model.State()
	if err != nil {
		t.Fatal(err)
	}
	st.Parameters[len(st.Parameters)-1] = float32(math.NaN()) // the second head's bias
	if err := c.ranks[0].model.SetState(st); err != nil {
		t.Fatal(err)
	}
	orders := deal(0, 2, batchOf(1), true)
	var other error
	var group errgroup.Group
	group.Go(func() error { _, other = c.ranks[1].takeStep(context.Background(), &orders[1]); return nil })
	sent := c.ranks[0].ring.sent()
	_, err = c.ranks[0].takeStep(context.Background(), &orders[0])
	if !errors.Is(err, model.ErrLoss) || !strings.HasSuffix(err.Error(), "loss is not finite: task second") || c.ranks[0].ring.sent() != sent {
		t.Errorf("%d bytes sent, then: %v", c.ranks[0].ring.sent()-sent, err)
	}
	if err := c.ranks[0].ring.close(); err != nil {
		t.Fatal(err)
	}
	_ = group.Wait()
	var peer *allreduce.PeerError
	if !errors.As(other, &peer) || peer.Rank != 0 {
		t.Errorf("the other rank: %v", other)
	}
}

// A step ends when it is cancelled, also where the ring waits for a neighbour that
// never comes, and says why.
func TestCancelledStep(t *testing.T) {
	c := newCrew(t, 2, "float32")
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(context.Background())
	var err error
	var group errgroup.Group
	order := deal(0, 2, batchOf(0), true)[0]
	group.Go(func() error { _, err = c.ranks[0].takeStep(ctx, &order); return nil })
	cancel(why)
	_ = group.Wait()
	if !errors.Is(err, why) {
		t.Errorf("got %v", err)
	}
}

// A ring that breaks ends the step with the ring's error.
func TestRingThatBreaksEndsTheStep(t *testing.T) {
	c := newCrew(t, 3, "float32")
	if err := c.ranks[2].ring.close(); err != nil {
		t.Fatal(err)
	}
	orders := deal(0, 3, batchOf(0), true)
	errs := make([]error, 2)
	var group errgroup.Group
	for rank := range errs {
		group.Go(func() error { _, errs[rank] = c.ranks[rank].takeStep(context.Background(), &orders[rank]); return nil })
	}
	_ = group.Wait()
	for rank, err := range errs {
		var peer *allreduce.PeerError
		if !errors.As(err, &peer) || peer.Rank != 2 {
			t.Errorf("rank %d: %v", rank, err)
		}
	}
}

// A bucket is summed while the next is still to be announced; the order is that of the
// announcements; wait returns when the last is done.
func TestBucketsAreSummedWhileOthersAreToCome(t *testing.T) {
	summed := make(chan int, 3)
	r := startReducer(context.Background(), 3, func(_ context.Context, bucket int, g []float32) error {
		g[0]++
		summed <- bucket
		return nil
	}, func(err error) { t.Error(err) })
	g := make([]float32, 3)
	for b := range g {
		r.announce(b, g[b:b+1])
		if got := <-summed; got != b { // the reducer has to get here before the next announcement
			t.Errorf("bucket %d was summed in place of %d", got, b)
		}
	}
	r.wait()
	if !slices.Equal(g, []float32{1, 1, 1}) || len(r.spans) != 3 {
		t.Errorf("%v after %d spans", g, len(r.spans))
	}
}

func TestFailedSumEndsTheReducer(t *testing.T) {
	broken := errors.New("broken")
	var got error
	r := startReducer(context.Background(), 3, func(_ context.Context, bucket int, _ []float32) error {
		if bucket == 1 {
			return broken
		}
		return nil
	}, func(err error) { got = err })
	for b := range 3 {
		r.announce(b, nil)
	}
	r.wait()
	if got != broken || len(r.spans) != 1 {
		t.Errorf("%v after %d sums", got, len(r.spans))
	}
}

func TestTimelineAddsUp(t *testing.T) {
	began := time.Unix(1000, 0)
	at := func(ms int) time.Time { return began.Add(time.Duration(ms) * time.Millisecond) }
	line := &timeline{began: began, gradient: at(100)}
	line.computed("forward", at(0), at(20))
	line.computed("backward", at(20), at(50))
	line.computed("forward", at(50), at(60))
	line.computed("backward", at(60), at(100))
	line.computed(optimiserSpan, at(170), at(180))
	line.ring = []span{
		{protocol.RingRow, "bucket 0", at(70), at(80)},
		{protocol.RingRow, "bucket 1", at(85), at(120)},
		{protocol.RingRow, "bucket 2", at(120), at(170)},
	}
	got, want := line.summary(), protocol.Timeline{Forward: 0.03, Backward: 0.07, RingHidden: 0.025, RingExposed: 0.07, Optimiser: 0.01}
	for name, pair := range map[string][2]float64{
		"forward": {got.Forward, want.Forward}, "backward": {got.Backward, want.Backward}, "hidden": {got.RingHidden, want.RingHidden},
		"exposed": {got.RingExposed, want.RingExposed}, "optimiser": {got.Optimiser, want.Optimiser},
	} {
		if math.Abs(pair[0]-pair[1]) > 1e-9 {
			t.Errorf("%s: %v, want %v", name, pair[0], pair[1])
		}
	}
	if spans := line.spans("step 3", at(190)); len(spans) != 9 || spans[0] != (protocol.Span{Row: "compute", Name: "step 3", Began: 1000e6, Micros: 190e3}) {
		t.Errorf("spans %+v", spans)
	}
}
