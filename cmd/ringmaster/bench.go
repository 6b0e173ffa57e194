package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"ringmaster/allreduce/ringbench"
)

func benchCommand() *cobra.Command {
	c := &cobra.Command{Use: "bench", Short: "Measure, or simulate, how fast a ring is"}
	c.AddCommand(benchAllReduceCommand(), benchRankCommand(), benchSimulateCommand())
	return c
}

// rankCommand is how benchRankCommand is reached.
var rankCommand = []string{"bench", "rank"}

// benchRankCommand is a rank's process of `bench allreduce`, for no person to type.
func benchRankCommand() *cobra.Command {
	return &cobra.Command{
		Use:    rankCommand[1],
		Short:  "Be a rank of bench allreduce",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := endingOf(c.Context()).begin(); err != nil {
				return err
			}
			return ringbench.ServeRank(c.Context(), os.Stdin, os.Stdout)
		},
	}
}

func benchAllReduceCommand() *cobra.Command {
	var sizes, wires, topologies []string
	var asJSON bool
	o := ringbench.Options{}
	c := &cobra.Command{
		Use:   "allreduce",
		Short: "Measure the ring's all-reduce, beside PyTorch's gloo where a Python with torch is given",
		Long: `Starts a process for each rank, all on this machine, sums vectors over them, checks
every sum, and prints a row for each number of workers, topology, size and wire.

ms and GB/s   median over the rounds of one all-reduce, by its slowest rank; GB/s count
              4 bytes a float, whatever the wire
of bound      the share of the speed that the links allow: a rank of N sends 2(N-1)/N of
              the vector, and a link carries what raw TCP does in the same rounds over
              loopback, all ranks sending to the right at once, 64 KB a write
CPU ms        user and system time of all ranks, and of a broker, for one all-reduce
ratio         how many times the peer's speed the ring has, round by round; the peer,
              measured in turn with the ring, sums float32, also where the wire is bfloat16

A size is a number of floats: 1024, 1k (= 1000), 11.7M. The largest vector is held by
every rank, and by every rank of the peer.`,
		Example: `  ringmaster bench allreduce
  ringmaster bench allreduce --workers 2 --sizes 11.7M --wire float32,bfloat16 --peer-python venv/bin/python
  ringmaster bench allreduce --sizes 11.7M --workers 2 --rounds 3 --cpuprofile /tmp/profiles`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			self, err := os.Executable()
			if err != nil {
				return err
			}
			o.Program = append([]string{self}, rankCommand...)
			for _, s := range sizes {
				floats, err := ringbench.ParseSize(s)
				if err != nil {
					return err
				}
				o.Sizes = append(o.Sizes, floats)
			}
			o.Wires, o.Topologies = named[ringbench.Wire](wires), named[ringbench.Topology](topologies)
			return benchAllReduce(c, o, asJSON)
		},
	}
	f := c.Flags()
	f.IntSliceVar(&o.Workers, "workers", []int{2, 4}, "numbers of ranks, 2 to 16")
	f.StringSliceVar(&sizes, "sizes", []string{"1k", "11.7M", "110M"}, "vectors' lengths in floats")
	f.StringSliceVar(&wires, "wire", []string{string(ringbench.Float32), string(ringbench.BFloat16)}, "what travels: float32, bfloat16")
	f.StringSliceVar(&topologies, "topology", []string{string(ringbench.Mesh)}, "mesh: each rank serves its right neighbour; broker: one NATS server for all")
	f.IntVar(&o.Rounds, "rounds", 7, "how often each row is measured")
	f.DurationVar(&o.RoundTime, "round-time", 300*time.Millisecond, "how long a round repeats the all-reduce, at least twice")
	f.BoolVar(&o.Pin, "pin", true, "bind rank r of N to core r*cores/N; --pin=false leaves the scheduler alone")
	f.IntVar(&o.Procs, "procs", 0, "GOMAXPROCS of the ranks; 0 is Go's own choice for the cores they have")
	f.IntVar(&o.ChunkBytes, "chunk-bytes", 0, "most bytes of a message; 0 is the ring's default")
	f.IntVar(&o.Window, "window", 0, "messages in flight on a link; 0 is the ring's default")
	f.StringVar(&o.PeerPython, "peer-python", "", "a Python with torch, to measure gloo in turn with the ring")
	f.BoolVar(&o.PeerPin, "peer-pin", false, "bind the peer's ranks to cores too; torchrun does not")
	f.StringVar(&o.ProfileDir, "cpuprofile", "", "folder for a CPU profile of each rank and row")
	f.BoolVar(&asJSON, "json", false, "as JSON: a list of rows")
	return c
}

// named gives strings the type of a name.
func named[T ~string](texts []string) []T {
	names := make([]T, len(texts))
	for i, t := range texts {
		names[i] = T(t)
	}
	return names
}

func benchAllReduce(c *cobra.Command, o ringbench.Options, asJSON bool) error {
	if err := endingOf(c.Context()).begin(); err != nil {
		return err
	}
	line := &progressLine{out: os.Stderr, live: term.IsTerminal(int(os.Stderr.Fd()))}
	o.Progress = func(p ringbench.Progress) { line.show(p) }
	rows, err := ringbench.Run(c.Context(), o)
	line.end()
	if asJSON {
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(rows)
	}
	if len(rows) > 0 { // those before an error too
		_, unsaid := fmt.Println(ringbench.Table(rows))
		err = errors.Join(err, unsaid)
	}
	return err
}

// progressLine shows a benchmark's progress: one line that changes on a terminal, a line
// for each row elsewhere.
type progressLine struct {
	out  io.Writer
	live bool
	open bool
}

func (l *progressLine) show(p ringbench.Progress) {
	const clearToEnd = "\x1b[K"
	switch {
	case l.live:
		l.open = true
		fmt.Fprint(l.out, "\r", p, clearToEnd)
	case p.Round <= 1:
		fmt.Fprintln(l.out, p)
	}
}

// end clears the line, so that what follows begins at the left.
func (l *progressLine) end() {
	if l.open {
		fmt.Fprint(l.out, "\r\x1b[K")
	}
}
