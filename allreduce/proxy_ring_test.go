package allreduce

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A link that stands still for less than the deadline does no harm; meanwhile the sender
// keeps to its window.
func TestSlowReaderIsWaitedFor(t *testing.T) {
	t.Parallel()
	const world, at = 3, 20
	p := &proxy{at: at, act: hold}
	connect := overProxiedMesh(t, world, p)
	options := testOptions(world)
	options.ProgressTimeout = 8 * time.Second
	ticks := make(chan struct{})
	var sent atomic.Int64
	rings := openOver(t, func(ctx context.Context, o Options) (Transport, error) {
		transport, err := connect(ctx, o)
		if err != nil || o.Rank != 0 {
			return transport, err
		}
		return &counting{ticks: ticks, Transport: &faulty{Transport: transport, edit: func(_ Side, f []byte) [][]byte {
			if isKind(f, kindData) {
				sent.Add(1)
			}
			return [][]byte{f}
		}}}, nil
	}, options)
	defer abandonAll(rings)
	vectors := randomVectors[float32](rand.New(rand.NewPCG(6, 6)), world, 2_000_003)
	type outcome struct {
		errs []error
		sums [][]float32
	}
	done := make(chan outcome)
	go func() {
		errs, sums := reduceAll(rings, vectors)
		done <- outcome{errs, sums}
	}()
	<-p.reached
	<-ticks
	<-ticks
	if n := sent.Load(); n > at+DefaultWindow {
		t.Errorf("%d chunks were sent while %d had come through; the window is %d", n, at, DefaultWindow)
	}
	close(p.resume)
	result := <-done
	noErrors(t, result.errs)
	if err := allHave(result.sums, inDocumentedOrder(vectors)); err != nil {
		t.Error(err)
	}
}

// A link that stands still for longer is the silence of whoever is at its other end.
func TestLinkThatStandsStillIsNamed(t *testing.T) {
	for name, test := range map[string]struct {
		proxy  *proxy
		silent int
	}{
		"data":    {&proxy{at: 20, act: hold}, 0},
		"credits": {&proxy{at: 20, upstream: func(p *proxy) { <-p.quit }}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const world = 3
			options := testOptions(world)
			options.ProgressTimeout = time.Second
			rings := openOver(t, overProxiedMesh(t, world, test.proxy), options)
			defer abandonAll(rings)
			began := time.Now()
			errs, _ := reduceAll(rings, randomVectors[float32](rand.New(rand.NewPCG(6, 6)), world, 2_000_003))
			for rank, err := range errs {
				if err := wantPeer(err, test.silent, ErrPeerSilent); err != nil {
					t.Errorf("rank %d: %v", rank, err)
				}
			}
			if took := time.Since(began); took > options.ProgressTimeout*9/8+busyMachine {
				t.Errorf("took %v, the deadline is %v", took, options.ProgressTimeout)
			}
		})
	}
}

// A link that ends within a message, or on which something else is said, ends the
// operation at once; what is announced takes no memory.
func TestLinkThatSpeaksNonsenseIsNamed(t *testing.T) {
	cutWithin := func(p *proxy, to net.Conn, message []byte) bool {
		// Only the direction to the rank: closing a socket on which something has come
		// unread resets it, and the rank would read the reset in place of the end.
		to.Write(message[:len(message)/2])
		to.(*net.TCPConn).CloseWrite()
		<-p.quit
		return false
	}
	damaged := func(_ *proxy, to net.Conn, message []byte) bool {
		message[len(message)/2] ^= 1
		_, err := to.Write(message)
		return err == nil
	}
	for _, test := range []struct {
		name string
		act  func(*proxy, net.Conn, []byte) bool
		want []error
	}{
		{"cut within a message", cutWithin, []error{ErrPeerGone, io.ErrUnexpectedEOF}},
		{"flipped bit", damaged, []error{ErrCorrupt}},
		{"oversized", sayInstead("MSG a 1 999999999\r\n" + strings.Repeat("x", 1<<20)), []error{ErrPeerGone, ErrCorrupt}},
		{"endless line", sayInstead(strings.Repeat("x", 1<<20)), []error{ErrPeerGone, ErrProtocol}},
		{"message with head", sayInstead("HMSG a 1 12 17\r\nNATS/1.0\r\n\r\nhello\r\n"), []error{ErrPeerGone, ErrProtocol}},
		{"error", sayInstead("-ERR 'Slow Consumer'\r\n"), []error{ErrPeerGone, ErrProtocol}},
		{"unknown verb", sayInstead("HELLO\r\n"), []error{ErrPeerGone, ErrProtocol}},
		{"empty message", sayInstead("MSG a 1 0\r\n\r\n"), []error{ErrMissing}},
		{"lost message after INFO", sayInstead("INFO {}\r\n"), []error{ErrMissing}},
	} {
		t.Run(test.name, func(t *testing.T) {
			const world = 3
			rings := openOver(t, overProxiedMesh(t, world, &proxy{at: 20, act: test.act}), testOptions(world))
			defer abandonAll(rings)
			vectors := randomVectors[float32](rand.New(rand.NewPCG(6, 6)), world, 500_000)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			errs, _ := reduceAll(rings, vectors)
			runtime.ReadMemStats(&after)
			for rank, err := range errs {
				if err := wantPeer(err, 0, test.want[0]); err != nil {
					t.Errorf("rank %d: %v", rank, err)
				}
			}
			for _, want := range test.want {
				if !errors.Is(errs[1], want) {
					t.Errorf("rank 1, whose link it is: %v, want %v", errs[1], want)
				}
			}
			if took := after.TotalAlloc - before.TotalAlloc; took > 64<<20 {
				t.Errorf("%d bytes were allocated for vectors of 2 MB", took)
			}
		})
	}
}
