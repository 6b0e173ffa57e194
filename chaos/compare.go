package chaos

import (
	"context"
	"fmt"
	"math"

	"ringmaster/coordinator/core"
	"ringmaster/model/weights"
)

// divergence is how the coordinator says that ranks differ: where no value has a majority, and
// of a rank that has other parameters than the majority (core.WorkerError).
var divergence = []string{core.ErrDiverged.Error(), "has different parameters from the other ranks"}

// distance is how far two models' encoders and heads are apart, relative to the first
// one's length: the norm of the difference over the norm.
func distance(ctx context.Context, a, b string) (float64, error) {
	one, err := parameters(ctx, a)
	if err != nil {
		return 0, err
	}
	other, err := parameters(ctx, b)
	if err != nil {
		return 0, err
	}
	var apart, length float64
	for name, x := range one {
		y := other[name]
		if len(x) != len(y) {
			return 0, fmt.Errorf("%s: %d numbers in %s, %d in %s", name, len(x), a, len(y), b)
		}
		for i := range x {
			d := float64(x[i]) - float64(y[i])
			apart += d * d
			length += float64(x[i]) * float64(x[i])
		}
	}
	return math.Sqrt(apart / length), nil
}

// parameters are a model's numbers by name.
func parameters(ctx context.Context, dir string) (map[string][]float32, error) {
	folder, err := weights.Open(dir)
	if err != nil {
		return nil, err
	}
	tensors, err := folder.Load(ctx)
	if err != nil {
		return nil, err
	}
	heads, err := folder.Heads()
	if err != nil {
		return nil, err
	}
	all := map[string][]float32{}
	for name, t := range tensors {
		all[name] = t.Data
	}
	for _, h := range heads {
		all["head "+h.Task+" weight"], all["head "+h.Task+" bias"] = h.Weight.Data, h.Bias.Data
	}
	return all, nil
}
