package allreduce

import (
	"errors"
	"fmt"
	"regexp"
	"time"
)

// Options describe this rank's place in a ring. World, Run, Generation,
// ChunkBytes, Window and Stripes must be equal on all ranks; Open compares them.
type Options struct {
	// Rank is this rank's number, 0 … World−1. Its right neighbour is Rank+1 modulo World.
	Rank int
	// World is the number of ranks, at least 1.
	World int
	// Run names the run: letters, digits, '-' and '_', at most 64.
	Run string
	// Generation counts the rings of a run, so that nothing of an older ring is taken for this one's.
	Generation uint64
	// Key is the generation's secret, equal on all ranks: messages that were sealed with another
	// are passed over. The zero Key is none; it keeps out damage, and nobody who means harm.
	Key Key
	// Refused, where it is set, is told of each message that is passed over, on the goroutine that
	// runs the ring. The error wraps ErrCorrupt, and ErrForged where the key was another.
	Refused func(why error)

	// ChunkBytes is the most bytes of a message, header included; 0 means DefaultChunkBytes.
	ChunkBytes int
	// Window is the most chunks a rank has in flight to its neighbour; 0 means DefaultWindow.
	Window int
	// Stripe is which stripe of Stripes this ring is (OpenStriped sets them). Where Stripes is 0 or 1 it is the
	// whole ring.
	Stripe, Stripes int
	// StartTimeout is how long a neighbour may take to begin an operation, or to
	// open its ring; 0 means DefaultStartTimeout.
	StartTimeout time.Duration
	// ProgressTimeout is how long a neighbour that has begun an operation may be
	// silent; 0 means DefaultProgressTimeout.
	ProgressTimeout time.Duration
}

// Defaults of Options.
const (
	// DefaultChunkBytes leaves room for the protocol line in nats-server's 64 KiB
	// read buffer: a message that spans two reads costs the server a copy.
	DefaultChunkBytes      = 64<<10 - 256
	DefaultWindow          = 16
	DefaultStartTimeout    = 10 * time.Minute
	DefaultProgressTimeout = 5 * time.Second
)

// Bounds of Options.
const (
	minChunkBytes = headerBytes + 8
	maxChunkBytes = 1 << 20
	maxWindow     = 256
	maxWorld      = 1 << 16
	// MaxStripes is the most stripes of a ring.
	MaxStripes = 16
	minTimeout = 10 * time.Millisecond
)

var runName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// withDefaults returns o with zero fields filled in.
func (o Options) withDefaults() Options {
	if o.ChunkBytes == 0 {
		o.ChunkBytes = DefaultChunkBytes
	}
	if o.Window == 0 {
		o.Window = DefaultWindow
	}
	if o.StartTimeout == 0 {
		o.StartTimeout = DefaultStartTimeout
	}
	if o.ProgressTimeout == 0 {
		o.ProgressTimeout = DefaultProgressTimeout
	}
	return o
}

// check returns all that is wrong with o, or nil.
func (o Options) check() error {
	var wrong []error
	require := func(ok bool, format string, args ...any) {
		if !ok {
			wrong = append(wrong, fmt.Errorf("%w: "+format, append([]any{ErrOptions}, args...)...))
		}
	}
	require(o.World >= 1 && o.World <= maxWorld, "World is %d, want 1 to %d", o.World, maxWorld)
	require(o.Rank >= 0 && o.Rank < o.World, "Rank is %d, want 0 to World-1 = %d", o.Rank, o.World-1)
	require(runName.MatchString(o.Run), "Run is %q, want 1 to 64 letters, digits, '-' or '_'", o.Run)
	require(o.ChunkBytes >= minChunkBytes && o.ChunkBytes <= maxChunkBytes,
		"ChunkBytes is %d, want %d to %d", o.ChunkBytes, minChunkBytes, maxChunkBytes)
	require(o.Window >= 1 && o.Window <= maxWindow, "Window is %d, want 1 to %d", o.Window, maxWindow)
	require(o.Stripes >= 0 && o.Stripes <= MaxStripes, "Stripes is %d, want 1 to %d", o.Stripes, MaxStripes)
	require(o.Stripe >= 0 && o.Stripe < max(1, o.Stripes), "Stripe is %d, want 0 to Stripes-1 = %d", o.Stripe, max(1, o.Stripes)-1)
	require(o.StartTimeout >= minTimeout, "StartTimeout is %v, want at least %v", o.StartTimeout, minTimeout)
	require(o.ProgressTimeout >= minTimeout, "ProgressTimeout is %v, want at least %v", o.ProgressTimeout, minTimeout)
	return errors.Join(wrong...)
}

// left and right are the neighbours' ranks.
func (o Options) left() int  { return (o.Rank + o.World - 1) % o.World }
func (o Options) right() int { return (o.Rank + 1) % o.World }
