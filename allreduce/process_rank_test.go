package allreduce

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// rankVariable makes the test binary a rank's process: "rank/world/progress timeout".
const rankVariable = "RINGMASTER_TEST_RANK"

// report is a line that a rank's process prints.
type report struct {
	URL   string // of its endpoint, first
	Op    int    // an operation that it finished
	Ticks int    // it waits, and has for so many ticks
	Pause bool   // it stops itself now
	End   bool   // its last line; what follows says how it went
	Error string
	Rank  int    // that a PeerError names, or −1
	Cause string // that the error wraps
}

// beRank is a rank's process: it prints its endpoint, reads its left neighbour's, and sums
// until a rank was told to stop.
func beRank(what string) {
	out := json.NewEncoder(os.Stdout)
	say := func(r report) {
		if out.Encode(r) != nil {
			os.Exit(1) // nobody listens any more
		}
	}
	err := sumAsRank(what, say)
	last := report{End: true, Rank: -1}
	if err != nil {
		last.Error = err.Error()
		var peer *PeerError
		if errors.As(err, &peer) {
			last.Rank = peer.Rank
		}
		for _, cause := range append([]error{ErrLinkLost}, abortReasons...) {
			if errors.Is(err, cause) {
				last.Cause = cause.Error()
			}
		}
	}
	say(last)
}

func sumAsRank(what string, say func(report)) error {
	var timeout string
	o := testOptions(0)
	if _, err := fmt.Sscanf(strings.ReplaceAll(what, "/", " "), "%d %d %s", &o.Rank, &o.World, &timeout); err != nil {
		return err
	}
	var err error
	if o.ProgressTimeout, err = time.ParseDuration(timeout); err != nil {
		return err
	}
	endpoint, err := NewEndpoint("127.0.0.1")
	if err != nil {
		return err
	}
	defer endpoint.Close()
	say(report{URL: endpoint.URL()})
	orders := bufio.NewScanner(os.Stdin)
	orders.Scan()
	transport, err := endpoint.Connect(context.Background(), orders.Text(), o)
	if err != nil {
		return err
	}
	var stop atomic.Bool
	link := &telling{Transport: transport, say: say}
	go func() {
		for orders.Scan() {
			switch orders.Text() {
			case "stop":
				stop.Store(true)
			case "pause":
				link.pause.Store(true)
			}
		}
		os.Exit(1) // the test is over
	}()
	ring, err := Open(context.Background(), link, o)
	if err != nil {
		return err
	}
	defer ring.Close()
	x := make([]float32, 300_000)
	for op := 1; ; op++ {
		for i := range x {
			x[i] = float32(op%1000 + i%1000*o.Rank)
		}
		x[0] = 0
		if stop.Load() {
			x[0] = 1
		}
		link.op = uint64(op)
		if err := ring.AllReduce(context.Background(), x); err != nil {
			return err
		}
		for i, sum := range x[1:] {
			if want := float32(op%1000*o.World + (i+1)%1000*o.World*(o.World-1)/2); sum != want {
				return fmt.Errorf("operation %d: element %d is %v, want %v", op, i+1, sum, want)
			}
		}
		say(report{Op: op})
		if x[0] > 0 {
			return ring.Close()
		}
	}
}

// telling reports that a rank waits, and stops the process where it is told to.
type telling struct {
	Transport
	say   func(report)
	ticks int
	op    uint64
	pause atomic.Bool

	sentOp, sentSeq uint64 // the operation of the last chunk sent, and its first one's number
	creditedOp      uint64 // the last operation of which a chunk was credited
}

func (w *telling) Send(ctx context.Context, to Side, m *Message) error {
	if h, err := parseHeader(m.Frame()[:headerBytes], &testKey); err == nil && h.Kind == kindData && h.Op != w.sentOp {
		w.sentOp, w.sentSeq = h.Op, h.Seq
	}
	return w.Transport.Send(ctx, to, m)
}

func (w *telling) Receive(ctx context.Context, until time.Time, place Placement) (Packet, error) {
	packet, err := w.Transport.Receive(ctx, until, place)
	switch {
	case errors.Is(err, ErrTick):
		w.ticks++
		w.say(report{Ticks: w.ticks})
	case err == nil && isKind(packet.Head, kindData):
		w.ticks = 0
	case err == nil && isKind(packet.Head, kindCredit):
		// A credit for a chunk of this operation: its sender knows that this rank has begun,
		// so that it is ProgressTimeout that counts. A mere sign of life grants none. Only at the first of an
		// operation are there surely chunks that this rank has not sent; without any the others would end it,
		// and wait without a limit for this rank to begin the next.
		h, err := parseHeader(packet.Head, &testKey)
		if err != nil || h.Op != w.op || w.sentOp != w.op || h.Seq < w.sentSeq || w.creditedOp == w.op {
			break
		}
		w.creditedOp = w.op
		if w.pause.CompareAndSwap(true, false) {
			w.say(report{Pause: true})
			if err := stopProcess(); err != nil {
				return packet, err
			}
		}
	}
	return packet, err
}

// stopProcess stops this process until it is continued. The kernel stops its threads a moment after the
// signal was sent, by whichever of them takes it; until then this one must do nothing more.
func stopProcess() error {
	woken := make(chan os.Signal, 1)
	signal.Notify(woken, syscall.SIGCONT)
	defer signal.Stop(woken)
	if err := syscall.Kill(os.Getpid(), syscall.SIGSTOP); err != nil {
		return err
	}
	<-woken
	return nil
}
