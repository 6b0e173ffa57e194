package ringbench

import (
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"time"

	"ringmaster/allreduce"
)

// Topology is how the ranks of a ring are linked.
type Topology string

// The topologies.
const (
	Mesh   Topology = "mesh"   // every rank embeds a NATS server for its right neighbour
	Broker Topology = "broker" // one NATS server, in the parent process, for all ranks
)

// Wire is how an element travels.
type Wire string

// The wires.
const (
	Float32  Wire = "float32"
	BFloat16 Wire = "bfloat16"
	Int8     Wire = "int8"
)

// bytes of so many floats.
func (w Wire) bytes(floats int) int {
	id, _ := allreduce.WireNamed(string(w))
	return id.Packing().Bytes(floats)
}

// Options say what is measured, and how.
type Options struct {
	Workers    []int // worlds, each from 2 to 16 ranks
	Sizes      []int // vectors' lengths in floats
	Wires      []Wire
	Topologies []Topology

	// Rounds is how often each row is measured; medians are reported.
	Rounds int
	// RoundTime is how long a round repeats the operation, at least twice.
	RoundTime time.Duration

	// Pin binds each rank to one core, PeerPin each of the peer's.
	Pin, PeerPin bool
	// Procs is the ranks' GOMAXPROCS; 0 leaves the choice to Go.
	Procs int
	// ChunkBytes and Window are those of allreduce.Options; 0 takes the ring's defaults.
	ChunkBytes, Window int
	// Stripes is how many stripes a mesh has; 0 is one.
	Stripes int

	// Program is the command line of a process that calls ServeRank.
	Program []string
	// PeerPython is a Python with torch, which measures gloo beside the ring; empty measures none.
	PeerPython string
	// ProfileDir is where each rank writes a CPU profile for each row; empty writes none.
	ProfileDir string
	// Progress, if not nil, is called before every round.
	Progress func(Progress)
}

// Progress says which round is about to begin.
type Progress struct {
	Row, Rows     int // from 1
	Round, Rounds int // from 1; Round 0 is starting and warming up
	Workers       int
	Floats        int
	Wire          Wire
	Topology      Topology
}

// String is the progress in a line.
func (p Progress) String() string {
	what := fmt.Sprintf("row %d of %d: %d workers, %s floats, %s, %s: ", p.Row, p.Rows, p.Workers, sizeText(p.Floats), p.Wire, p.Topology)
	if p.Round == 0 {
		return what + "warming up"
	}
	return what + fmt.Sprintf("round %d of %d", p.Round, p.Rounds)
}

// check returns all that is wrong with o.
func (o Options) check() error {
	var wrong []error
	require := func(ok bool, format string, args ...any) {
		if !ok {
			wrong = append(wrong, fmt.Errorf("%w: "+format, append([]any{ErrOptions}, args...)...))
		}
	}
	require(len(o.Workers)*len(o.Sizes)*len(o.Wires)*len(o.Topologies) > 0, "there is nothing to measure: give workers, sizes, wires and topologies")
	for _, w := range o.Workers {
		require(w >= 2 && w <= maxWorld, "workers is %d, want 2 to %d", w, maxWorld)
	}
	for _, s := range o.Sizes {
		require(s >= 1 && s <= maxFloats, "a vector of %d floats, want 1 to %d", s, maxFloats)
	}
	for _, w := range o.Wires {
		require(slices.Contains([]Wire{Float32, BFloat16, Int8}, w), "wire %q, want %s, %s or %s", w, Float32, BFloat16, Int8)
	}
	for _, t := range o.Topologies {
		require(slices.Contains([]Topology{Mesh, Broker}, t), "topology %q, want %s or %s", t, Mesh, Broker)
	}
	require(o.Rounds >= 1, "%d rounds, want at least 1", o.Rounds)
	require(o.RoundTime > 0, "a round of %v, want more than 0", o.RoundTime)
	require(o.Procs >= 0, "GOMAXPROCS %d, want 1 or more, or 0 for Go's own choice", o.Procs)
	require(o.ChunkBytes >= 0 && o.Window >= 0, "messages of %d bytes and a window of %d, want more than 0, or 0 for the ring's own choice", o.ChunkBytes, o.Window)
	require(o.Stripes >= 0 && o.Stripes <= allreduce.MaxStripes, "%d stripes, want 1 to %d", o.Stripes, allreduce.MaxStripes)
	if o.PeerPython != "" {
		_, err := exec.LookPath(o.PeerPython)
		require(err == nil, "the peer's Python %s cannot be run (%v)", o.PeerPython, err)
	}
	return errors.Join(wrong...)
}
