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
	c := &cobra.Command{Use: "bench", Short: "Measure training, the ring all-reduce and the coordinator's own work"}
	c.AddCommand(benchStepCommand(), benchTrainCommand(), benchPretrainCommand(), benchAllReduceCommand(), benchRankCommand(), benchSimulateCommand(), benchCurveCommand())
	return c
}

// rankCommand is the command line of benchRankCommand.
var rankCommand = []string{"bench", "rank"}

// benchRankCommand is the process of one rank of `bench allreduce`; it is not for users.
func benchRankCommand() *cobra.Command {
	return &cobra.Command{
		Use:    rankCommand[1],
		Short:  "Run one rank of bench allreduce",
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
		Short: "Measure the ring all-reduce, and compare it with PyTorch's gloo if --peer-python is given",
		Long: `Starts one process per rank on this machine, sums vectors over the ranks, verifies every
sum, and prints a row for each number of workers, topology, size and wire type.

ms and GB/s   median over all rounds of the time of one all-reduce, taken at its slowest
              rank; GB/s counts 4 bytes per float for every wire type
of bound      achieved share of the speed that the links allow: with N ranks each sends
              2(N-1)/N of the vector; the speed of a link is that of raw TCP over loopback
              in the same rounds, with all ranks sending at once, 64 KB per write
CPU ms        user and system time of one all-reduce, summed over all ranks and the broker
ratio         speed of the ring divided by that of gloo, round by round; gloo is measured
              in alternation with the ring and always sums float32

A size is a number of floats: 1024, 1k (= 1000), 11.7M. Every rank, of the ring and of gloo,
allocates the largest vector.`,
		Example: `  ringmaster bench allreduce
  ringmaster bench allreduce --workers 2 --sizes 11.7M --wire float32,bfloat16,int8 --peer-python venv/bin/python
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
	f.StringSliceVar(&sizes, "sizes", []string{"1k", "11.7M", "110M"}, "vector lengths in floats")
	f.StringSliceVar(&wires, "wire", []string{string(ringbench.Float32), string(ringbench.BFloat16)}, "number type sent over the network: float32, bfloat16, int8")
	f.StringSliceVar(&topologies, "topology", []string{string(ringbench.Mesh)}, "mesh: each rank runs a server for its neighbour; broker: one NATS server for all ranks")
	f.IntVar(&o.Rounds, "rounds", 7, "number of measurements per row")
	f.DurationVar(&o.RoundTime, "round-time", 300*time.Millisecond, "duration of a round, which repeats the all-reduce at least twice")
	f.BoolVar(&o.Pin, "pin", true, "bind rank r of N to core r*cores/N; --pin=false leaves placement to the scheduler")
	f.IntVar(&o.Procs, "procs", 0, "GOMAXPROCS of each rank; 0: Go's default for its cores")
	f.IntVar(&o.ChunkBytes, "chunk-bytes", 0, "maximum message size in bytes; 0: the ring's default")
	f.IntVar(&o.Window, "window", 0, "maximum number of messages in flight per link; 0: the ring's default")
	f.IntVar(&o.Stripes, "stripes", 1, "parallel links to each neighbour of a mesh, each with work for a core of its own: give more than one only with --pin=false and cores to spare")
	f.StringVar(&o.PeerPython, "peer-python", "", "path of a Python that has torch, to measure gloo too")
	f.BoolVar(&o.PeerPin, "peer-pin", false, "bind gloo's ranks to cores too (torchrun does not)")
	f.StringVar(&o.ProfileDir, "cpuprofile", "", "write a CPU profile of each rank and row to this folder")
	f.BoolVar(&asJSON, "json", false, "print the rows as a JSON list")
	return c
}

// named converts strings to a string type.
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
	o.Progress = func(p ringbench.Progress) { line.show(p.String(), p.Round <= 1) }
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

// progressLine shows a benchmark's progress: one line that is redrawn on a terminal; elsewhere
// a line for each that is new.
type progressLine struct {
	out  io.Writer
	live bool
	open bool
}

func (l *progressLine) show(text string, isNew bool) {
	const clearToEnd = "\x1b[K"
	switch {
	case l.live:
		l.open = true
		fmt.Fprint(l.out, "\r", text, clearToEnd)
	case isNew:
		fmt.Fprintln(l.out, text)
	}
}

// end clears the line, so that further output starts at the left.
func (l *progressLine) end() {
	if l.open {
		fmt.Fprint(l.out, "\r\x1b[K")
	}
}
