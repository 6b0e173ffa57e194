package worker

import (
	"context"
	"math"
	"slices"
	"testing"

	"ringmaster/model"
	"ringmaster/model/weights"
)

// A rank sends of a step the trained elements' gradient and the losses, and nothing of what is
// frozen: exactly the segments of a vector of that size, besides the headers of messages. All
// worlds train the same.
func TestFrozenPartsDoNotTravel(t *testing.T) {
	const steps = 6
	for name, change := range map[string]func(*model.Spec){
		"embeddings": func(s *model.Spec) { s.Frozen = 1 },
		"one layer":  func(s *model.Spec) { s.Frozen = 2 },
		"all layers": func(s *model.Spec) { s.Frozen = 3 },
		"encoder":    func(s *model.Spec) { s.Frozen = -1 },
		"adapters":   func(s *model.Spec) { s.LoRA = weights.LoRA{Rank: 3, Alpha: 6} },
	} {
		t.Run(name, func(t *testing.T) { checkPartTravels(t, steps, change) })
	}
}

func checkPartTravels(t *testing.T, steps int, change func(*model.Spec)) {
	alone, _ := newMemoryWorldWith(t, "tiny", 1, "float32", "cpu", change).train(steps, true)
	for _, dtype := range []string{"float32", "bfloat16", "int8"} {
		for world := 2; world <= 4; world++ {
			w := newMemoryWorldWith(t, "tiny", world, dtype, "cpu", change)
			losses, _ := w.train(steps, true)
			tolerance := 1e-4
			if dtype != "float32" {
				tolerance = 0.05
			}
			for n := range losses {
				if math.Abs(losses[n]-alone[n]) > tolerance*alone[n] {
					t.Errorf("%s, world %d, step %d: loss %v, alone %v", dtype, world, n, losses[n], alone[n])
				}
			}
			checkBytes(t, w)
		}
	}
}

// checkBytes compares what each rank sends of a step with what its part of a vector of the trained
// elements takes.
func checkBytes(t *testing.T, w *memoryWorld) {
	t.Helper()
	world := len(w.ranks)
	done, errs := w.trainStep(context.Background(), deal(0, world, batchOf(0), true))
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		t.Fatal(errs[i])
	}
	for rank, d := range done {
		x := w.ranks[rank].stage.gradients
		payload := 0
		for _, b := range x.buckets {
			payload += x.sentBy(rank, b.Size(), equalCuts(b.Size(), world))
		}
		// No more than 200 bytes for each segment of a bucket and of the losses.
		most := payload + 200*2*(world-1)*(len(x.buckets)+1)
		if sent := int(d.RingBytes); sent < payload || sent > most {
			t.Errorf("rank %d of %d sent %d bytes of a step; the trained part takes %d to %d", rank, world, sent, payload, most)
		}
		if total := w.ranks[rank].stage.model.TrainedSize(); x.buckets[0].Hi != total {
			t.Errorf("buckets end at %d, the trained part has %d", x.buckets[0].Hi, total)
		}
	}
}
