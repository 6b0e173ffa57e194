package training

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"

	"ringmaster/bench/peer"
	"ringmaster/benchmark/comparison"
)

// Step measures a training step of a classifier whose texts all have one length, beside
// DistributedDataParallel over gloo. Batch and Length are a rank's: the global batch grows with the
// workers.
func Step(ctx context.Context, o Options) ([]comparison.Row, error) {
	if err := o.CheckSteps(); err != nil {
		return nil, err
	}
	return measure(ctx, o, []string{"torch", "transformers"}, stepSides)
}

// stepRows is how many texts there are; a run of more steps takes them again.
const stepRows = 512

func stepSides(_ context.Context, b *bench, world int) ([]side, error) {
	folder, shape, err := shapeOf(b.Model, ".")
	if err != nil {
		return nil, err
	}
	random := rand.New(rand.NewPCG(3, 0))
	texts := filepath.Join(b.dir, "texts.tsv")
	// A word is a token or more, so that every text is cut to the length.
	if err := writeLabelled(texts, random, words(folder), stepRows, 2, func() int { return b.Length }); err != nil {
		return nil, err
	}
	batch := world * b.Batch
	file := filepath.Join(b.dir, fmt.Sprintf("step-%d.yaml", world))
	if err := writeRunFile(file, document{
		"model": document{"base": folder}, "method": "single",
		"tasks": []document{{"name": "bench", "target": true, "data": document{
			"path": texts, "format": "tsv", "text": "text", "label": "label", "labels": document{"c0": "c0", "c1": "c1"},
			"clean": document{"dedup": false}, "split": document{"train": 0.95, "test": 0.05},
		}}},
		"train":      document{"steps": warmUp + b.Steps, "batch": batch, "max_length": b.Length, "precision": b.Precision, "keep": "last"},
		"checkpoint": document{"every": 0}, "cluster": b.cluster(world), "device": "cpu",
	}); err != nil {
		return nil, err
	}
	unit := comparison.Sample{
		Examples: float64(batch), Tokens: float64(batch * b.Length), Operations: float64(batch) * shape.Train(b.Length),
	}
	sides := []side{b.stepSide("train", file, world, unit)}
	if b.PeerPython != "" {
		sides = append(sides, b.stepPeer("DDP over gloo", "ddp_step.py", peer.DDPStep, world, unit, "--model", folder))
	}
	return sides, nil
}
