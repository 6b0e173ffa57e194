package training

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"

	"ringmaster/bench/peer"
	"ringmaster/benchmark/comparison"
	"ringmaster/inputfile"
)

// maskedShare is the share of positions that is predicted, ours by default and run_mlm's.
const maskedShare = 0.15

// Pretrain measures a step of masked-language pretraining beside the loop of transformers' run_mlm
// under DistributedDataParallel. Sequences are packed: all their tokens are real.
func Pretrain(ctx context.Context, o Options) ([]comparison.Row, error) {
	if err := o.CheckSteps(); err != nil {
		return nil, err
	}
	return measure(ctx, o, []string{"torch", "transformers"}, pretrainSides)
}

func pretrainSides(_ context.Context, b *bench, world int) ([]side, error) {
	folder, shape, err := shapeOf(b.Model, ".")
	if err != nil {
		return nil, err
	}
	batch, steps := world*b.Batch, warmUp+b.Steps
	corpus, err := b.pretrainingCorpus(folder, batch*steps)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(b.dir, fmt.Sprintf("pretrain-%d.yaml", world))
	if err := writeRunFile(file, document{
		"model": document{"base": folder}, "method": "mlm",
		"tasks": []document{{"name": "texts", "data": document{
			"path": corpus, "format": "lines", "clean": document{"dedup": false}, "split": document{"train": 1},
		}}},
		"train":      document{"steps": steps, "batch": batch, "max_length": b.Length, "precision": b.Precision},
		"checkpoint": document{"every": 0}, "cluster": b.cluster(world), "device": "cpu",
	}); err != nil {
		return nil, err
	}
	unit := comparison.Sample{
		Examples: float64(batch), Tokens: float64(batch * b.Length), Operations: float64(batch) * shape.TrainMasked(b.Length, maskedShare),
	}
	sides := []side{b.stepSide("pretrain", file, world, unit)}
	if b.PeerPython != "" {
		sides = append(sides, b.stepPeer("run_mlm with DDP", "mlm_train.py", peer.MaskedTraining, world, unit, "--model", folder, "--texts", corpus))
	}
	return sides, nil
}

// pretrainingCorpus is the user's file, or one of random words with enough for so many sequences.
func (b *bench) pretrainingCorpus(folder string, sequences int) (string, error) {
	if b.Corpus != "" {
		if err := inputfile.Check(b.Corpus); err != nil {
			return "", fmt.Errorf("%w: %w", ErrOptions, err)
		}
		return filepath.Abs(b.Corpus)
	}
	path := filepath.Join(b.dir, "texts.txt")
	random := rand.New(rand.NewPCG(4, 0))
	const wordsALine = 40
	return path, writeLines(path, random, words(folder), sequences*b.Length/wordsALine+1, wordsALine)
}
