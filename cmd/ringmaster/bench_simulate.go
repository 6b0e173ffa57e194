package main

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ringmaster/allreduce"
	"ringmaster/allreduce/simulate"
)

// simulated has the flags of `bench simulate`, in the user's units.
type simulated struct {
	workers       []int
	parameters    []string
	gbit          []float64
	delay         time.Duration
	group         int
	groupGbit     float64
	groupDelay    time.Duration
	wire          string
	chunk, window int
	stripes       int
	messageMicros float64
	byteNanos     float64
	every, asJSON bool
	plot          string
}

func benchSimulateCommand() *cobra.Command {
	var s simulated
	c := &cobra.Command{
		Use:   "simulate",
		Short: "Estimate the time of an all-reduce on simulated machines",
		Long: `Simulates this program's ring in virtual time, on links of a given speed, and prints the
seconds that one all-reduce takes:

ring           every worker has its own network link
of bound       the bound's share of the ring's time
by node        the same ring, with --group workers per node that share the node's link
hierarchical   hierarchical ring: a sum within each node, then across nodes
bound          time to send 2(N-1)/N of the vector at the link's bandwidth; no flat ring is
               faster, but a hierarchical ring with few nodes can be

Times are given with and without the CPU cost of messages ("links alone"). The defaults of
--message-us and --byte-ns are measured values (docs/ring-at-scale.md); the speeds and
delays of links are assumptions.`,
		Example: `  ringmaster bench simulate
  ringmaster bench simulate --workers 8,64,512 --parameters 335M --gbit 10,25 --delay 200us
  ringmaster bench simulate --gbit 100 --stripes 8
  ringmaster bench simulate --plot ring-at-scale.svg`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return benchSimulate(c, s) },
	}
	f := c.Flags()
	f.IntSliceVar(&s.workers, "workers", []int{8, 16, 32, 64, 128, 256, 512, 1024}, "numbers of workers")
	f.StringSliceVar(&s.parameters, "parameters", []string{"109.5M", "335M"}, "vector lengths; the defaults are BERT base and BERT large")
	f.Float64SliceVar(&s.gbit, "gbit", []float64{1, 10, 25, 100}, "network bandwidths, in Gbit/s of payload")
	f.DurationVar(&s.delay, "delay", 50*time.Microsecond, "one-way network delay")
	f.IntVar(&s.group, "group", 8, "workers per node; 1: no shared links and no hierarchical ring")
	f.Float64Var(&s.groupGbit, "group-gbit", 200, "bandwidth between two workers on one node, in Gbit/s")
	f.DurationVar(&s.groupDelay, "group-delay", 5*time.Microsecond, "one-way delay between two workers on one node")
	f.StringVar(&s.wire, "wire", "float32", "number type sent over the network: float32, bfloat16 or int8")
	f.IntVar(&s.chunk, "chunk-bytes", allreduce.DefaultChunkBytes, "maximum message size in bytes")
	f.IntVar(&s.window, "window", allreduce.DefaultWindow, "maximum number of messages in flight per link")
	f.IntVar(&s.stripes, "stripes", 1, "parallel links to each neighbour, each with a processor core of its own (cluster.ring_stripes)")
	f.Float64Var(&s.messageMicros, "message-us", 6, "CPU time per message at either end, in microseconds")
	f.Float64Var(&s.byteNanos, "byte-ns", 0.28, "CPU time per byte at either end, in nanoseconds")
	f.BoolVar(&s.every, "every-rank", false, "simulate every rank, also those that behave alike: takes minutes and gives the same result")
	f.BoolVar(&s.asJSON, "json", false, "print the rows as a JSON list")
	f.StringVar(&s.plot, "plot", "", "also draw the table to this file (.svg, .png, .pdf)")
	return c
}

func benchSimulate(c *cobra.Command, s simulated) error {
	sweep, err := s.sweep()
	if err != nil {
		return fmt.Errorf("%w: %w; see `%s --help`", errUsage, err, c.CommandPath())
	}
	t := timeTable{sweep: sweep}
	if t.whole, err = sweep.Rows(); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	sweep.Cost = simulate.Cost{}
	if t.links, err = sweep.Rows(); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	if s.plot != "" {
		if err := t.plot(s.plot); err != nil {
			return fmt.Errorf("draw %s: %w", s.plot, err)
		}
	}
	if s.asJSON {
		return t.writeJSON(c.OutOrStdout())
	}
	_, err = fmt.Fprintln(c.OutOrStdout(), t.text())
	return err
}

// sweep converts to the units of package simulate, which checks the values.
func (s simulated) sweep() (simulate.Sweep, error) {
	const bytesPerGbit = 1e9 / 8
	out := simulate.Sweep{
		Workers: s.workers, Delay: s.delay.Seconds(), Group: s.group,
		Inside:  simulate.Link{BytesPerSecond: s.groupGbit * bytesPerGbit, Delay: s.groupDelay.Seconds()},
		Vector:  simulate.Vector{ChunkBytes: s.chunk, Window: s.window},
		Cost:    simulate.Cost{Message: s.messageMicros * 1e-6, Byte: s.byteNanos * 1e-9},
		Every:   s.every,
		Stripes: s.stripes,
	}
	for _, gbit := range s.gbit {
		out.Bandwidths = append(out.Bandwidths, gbit*bytesPerGbit)
	}
	for _, text := range s.parameters {
		n, err := countOf("--parameters", text)
		if err != nil {
			return out, err
		}
		out.Elements = append(out.Elements, n)
	}
	wire, ok := allreduce.WireNamed(s.wire)
	if !ok {
		return out, fmt.Errorf("--wire must be float32, bfloat16 or int8, not %q", s.wire)
	}
	out.Vector.Packing = wire.Packing()
	if s.stripes < 1 {
		return out, fmt.Errorf("--stripes must be at least 1, not %d", s.stripes)
	}
	if s.group < 1 {
		return out, fmt.Errorf("--group must be at least 1, not %d", s.group)
	}
	if len(s.workers) == 0 || slices.Min(s.workers) < 2 {
		return out, fmt.Errorf("--workers must be at least 2 each, not %v", s.workers)
	}
	if format := filepath.Ext(s.plot); s.plot != "" && !slices.Contains(plotFormats, format) {
		return out, fmt.Errorf("--plot %s: unsupported file type %q; use one of %q", s.plot, format, plotFormats)
	}
	return out, nil
}

// countOf reads the number that a flag has: 1000, 109.5M, 1.3G.
func countOf(flag, text string) (int, error) {
	number, unit := text, 1.0
	for suffix, value := range map[string]float64{"K": 1e3, "M": 1e6, "G": 1e9} {
		if before, ok := strings.CutSuffix(strings.ToUpper(text), suffix); ok {
			number, unit = before, value
		}
	}
	n, err := strconv.ParseFloat(number, 64)
	if n *= unit; err != nil || !(n >= 1 && n <= 1e13) {
		return 0, fmt.Errorf("%s must be numbers such as 335M, not %q", flag, text)
	}
	return int(math.Round(n)), nil
}
