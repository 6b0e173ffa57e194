package ringbench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"ringmaster/affinity"
	"ringmaster/bench/peer"
)

// Run measures every combination of workers, topology, size and wire, and returns a row
// for each. With an error come the rows that were finished before it. Errors are
// ErrOptions, ErrRank, ErrPeer or, when ctx ended, ErrStopped.
func Run(ctx context.Context, o Options) ([]Row, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.ProfileDir != "" {
		if err := os.MkdirAll(o.ProfileDir, 0o755); err != nil {
			return nil, err
		}
	}
	cores, err := affinity.Cores()
	if err != nil {
		return nil, err
	}
	b := &bench{Options: o, cores: cores}
	for _, world := range o.Workers {
		if err = b.world(ctx, world); err != nil {
			break
		}
	}
	if ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", ErrStopped, context.Cause(ctx))
	}
	return b.rows, err
}

// bench is a benchmark that goes on.
type bench struct {
	Options
	cores []int
	rows  []Row
}

// world measures all rows of a number of ranks, with one group of the peer's ranks.
func (b *bench) world(ctx context.Context, world int) error {
	peer, err := b.startPeer(ctx, world)
	if err != nil {
		return err
	}
	if peer != nil {
		defer peer.close()
	}
	for _, topology := range b.Topologies {
		if err := b.topology(ctx, world, topology, peer); err != nil {
			return err
		}
	}
	return nil
}

// startPeer returns nil where no peer is wanted.
func (b *bench) startPeer(ctx context.Context, world int) (*rankGroup, error) {
	if b.PeerPython == "" {
		return nil, nil
	}
	c, err := startRanks(ctx, ErrPeer, world, func() *exec.Cmd {
		cmd := exec.Command(b.PeerPython, "-c", peer.GlooAllReduce)
		cmd.Env = append(os.Environ(), "OMP_NUM_THREADS=1")
		return cmd
	}, b.coresIf(b.PeerPin))
	if err != nil {
		return nil, err
	}
	if err := c.connect("", "", b.Options); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

func (b *bench) coresIf(pin bool) []int {
	if pin {
		return b.cores
	}
	return nil
}

// topology measures all rows of a world and topology, with one group of ranks.
func (b *bench) topology(ctx context.Context, world int, topology Topology, peer *rankGroup) error {
	url := ""
	if topology == Broker {
		shared, err := startBroker()
		if err != nil {
			return err
		}
		defer shared.close()
		url = shared.url
	}
	ours, err := startRanks(ctx, ErrRank, world, func() *exec.Cmd {
		cmd := exec.Command(b.Program[0], b.Program[1:]...)
		if b.Procs > 0 {
			cmd.Env = append(os.Environ(), fmt.Sprintf("GOMAXPROCS=%d", b.Procs))
		}
		return cmd
	}, b.coresIf(b.Pin))
	if err != nil {
		return err
	}
	defer ours.close()
	if topology == Broker {
		ours.cpu = cpuTime
	}
	if err := ours.connect(topology, url, b.Options); err != nil {
		return err
	}
	for _, floats := range b.Sizes {
		for _, wire := range b.Wires {
			row := Row{Workers: world, Floats: floats, Wire: wire, Topology: topology}
			if err := b.row(&row, ours, peer); err != nil {
				return err
			}
			b.rows = append(b.rows, row)
		}
	}
	return nil
}

// row measures one row, ours and the peer's in turn.
func (b *bench) row(row *Row, ours, peer *rankGroup) (err error) {
	b.report(row, 0)
	if row.Operations, err = ours.prepare(row.Floats, row.Wire, b.RoundTime); err != nil {
		return err
	}
	peerOperations := 0
	if peer != nil {
		if peerOperations, err = peer.prepare(row.Floats, Float32, b.RoundTime); err != nil {
			return err
		}
	}
	var s roundSamples
	for round := range b.Rounds {
		b.report(row, round+1)
		if b.ProfileDir == "" || round == 0 { // raw bytes would show in a profile
			link, err := ours.bandwidth(streamBytes(b.RoundTime))
			if err != nil {
				return err
			}
			s.links = append(s.links, link)
		}
		if round == 0 {
			if err := b.profile(row, ours, true); err != nil {
				return err
			}
		}
		sample, err := ours.measure(row.Operations)
		if err != nil {
			return err
		}
		s.ours = append(s.ours, sample)
		if peer != nil {
			if sample, err = peer.measure(peerOperations); err != nil {
				return err
			}
			s.peer = append(s.peer, sample)
		}
	}
	row.summarise(s)
	return b.profile(row, ours, false)
}

// profile begins or ends the ranks' CPU profiles of a row, where they are wanted.
func (b *bench) profile(row *Row, ours *rankGroup, begin bool) error {
	if b.ProfileDir == "" {
		return nil
	}
	dir, err := filepath.Abs(b.ProfileDir)
	if err != nil {
		return err
	}
	_, err = ours.ask(func(rank int) order {
		o := order{Do: doProfile}
		if begin {
			o.Path = filepath.Join(dir, fmt.Sprintf("%s-%s-%d-of-%d-%s.pprof", row.Topology, sizeText(row.Floats), rank, row.Workers, row.Wire))
		}
		return o
	})
	return err
}

func (b *bench) report(row *Row, round int) {
	if b.Progress == nil {
		return
	}
	b.Progress(Progress{
		Row: len(b.rows) + 1, Rows: len(b.Workers) * len(b.Topologies) * len(b.Sizes) * len(b.Wires),
		Round: round, Rounds: b.Rounds,
		Workers: row.Workers, Floats: row.Floats, Wire: row.Wire, Topology: row.Topology,
	})
}
