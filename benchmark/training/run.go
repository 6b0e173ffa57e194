package training

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"ringmaster/affinity"
	"ringmaster/benchmark/comparison"
	"ringmaster/benchmark/flops"
	"ringmaster/model/hub"
	"ringmaster/model/weights"
)

// A side is one program, ours or a peer's. The first of several is ours.
type side struct {
	name    string
	measure func(ctx context.Context, round int) (comparison.Sample, error)
}

// bench is a benchmark that goes on, in a folder of its own.
type bench struct {
	Options
	dir   string
	cores []int
	rows  []comparison.Row
}

// measure runs the rounds for every number of workers; the peers' Python is to have the modules. Errors are ErrOptions, ErrOurs, ErrPeer or, when
// ctx ended, ErrStopped; with one come the rows that were finished before it.
func measure(ctx context.Context, o Options, modules []string, sidesOf func(ctx context.Context, b *bench, world int) ([]side, error)) (rows []comparison.Row, err error) {
	cores, err := affinity.Cores()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "ringmaster-bench-*")
	if err != nil {
		return nil, err
	}
	defer func() {
		if left := os.RemoveAll(dir); err == nil {
			err = left
		}
	}()
	b := &bench{Options: o, dir: dir, cores: cores}
	if err := b.checkPeer(ctx, modules...); err != nil {
		return nil, err
	}
	for _, world := range o.Workers {
		if err = b.world(ctx, world, sidesOf); err != nil {
			break
		}
	}
	if ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", ErrStopped, context.Cause(ctx))
	}
	comparison.FillEfficiency(b.rows)
	return b.rows, err
}

// world measures all sides with so many workers.
func (b *bench) world(ctx context.Context, world int, sidesOf func(ctx context.Context, b *bench, world int) ([]side, error)) error {
	sides, err := sidesOf(ctx, b, world)
	if err != nil {
		return err
	}
	results := make([]comparison.Side, len(sides))
	for i, s := range sides {
		results[i].Name = s.name
	}
	machine := comparison.World{Workers: world, Threads: b.threads(world)}
	order := rand.New(rand.NewPCG(1, uint64(world)))
	for round := 1; round <= b.Rounds; round++ {
		b.report(world, round, "the machine's peak arithmetic")
		peak, err := b.peakFlops(ctx, world)
		if err != nil {
			return err
		}
		machine.PeakFlops = append(machine.PeakFlops, peak)
		for _, i := range order.Perm(len(sides)) {
			b.report(world, round, sides[i].name)
			sample, err := sides[i].measure(ctx, round)
			if err != nil {
				return err
			}
			results[i].Samples = append(results[i].Samples, sample)
		}
	}
	b.rows = append(b.rows, comparison.Rows(machine, results)...)
	return nil
}

func (b *bench) report(world, round int, side string) {
	if b.Progress != nil {
		b.Progress(Progress{Workers: world, Round: round, Rounds: b.Rounds, Side: side})
	}
}

// threads are those of each of so many ranks.
func (b *bench) threads(world int) int {
	if b.Threads > 0 {
		return b.Threads
	}
	return max(1, len(b.cores)/world)
}

// coresOf are the cores that every side has with so many workers.
func (b *bench) coresOf(world int) []int {
	return b.cores[:min(len(b.cores), world*b.threads(world))]
}

// shapeOf resolves a model's name and reads its shape.
func shapeOf(nameOrPath, baseDir string) (folder string, shape flops.Encoder, err error) {
	if folder, err = hub.Resolve(nameOrPath, baseDir); err != nil {
		return "", shape, err
	}
	if folder, err = filepath.Abs(folder); err != nil { // run files elsewhere name it
		return "", shape, err
	}
	model, err := weights.Open(folder, weights.AllowNoPooler())
	if err != nil {
		return "", shape, err
	}
	c, ok := model.Config.(weights.BertConfig)
	if !ok || c.ModelType != "bert" {
		return "", shape, fmt.Errorf("%w: %s is not a BERT, which is what the peers train", ErrOptions, folder)
	}
	return folder, flops.Encoder{Layers: c.NumHiddenLayers, Hidden: c.HiddenSize, Intermediate: c.IntermediateSize, Vocabulary: c.VocabSize}, nil
}
