package weights

import (
	"context"
	"math"
	"slices"

	"github.com/nlpodyssey/safetensors"

	"ringmaster/errkind"
)

// checkTarget compares the target's head with the classifier in the encoder's file, which is written with the same numbers. Where
// they differ, another program has trained the folder's model further and saved it here: the heads of heads.safetensors are not of
// this encoder any more, and their answers would be wrong without a sign of it.
func (f *Folder) checkTarget(ctx context.Context, files *openFiles) error {
	at := slices.IndexFunc(f.heads, func(h headEntry) bool { return h.Target })
	if at < 0 || f.classifier == nil { // a folder of another program, which has one head
		return nil
	}
	head := f.heads[at]
	for part, ours := range map[string]entry{"weight": head.weight, "bias": head.bias} {
		name := classifierDense + "." + part
		theirs, there := f.classifier[name]
		if !there {
			continue
		}
		one, err := files.read(ctx, name, theirs)
		if err != nil {
			return err
		}
		other, err := files.read(ctx, head.tensor(part), ours)
		if err != nil {
			return err
		}
		if !sameNumbers(one, other, theirs.dtype) {
			return errkind.Errorf(ErrTensors, "model folder %s: %s of %s differs from the head of task %s in %s, so another program has changed the model since: save that model and its tokenizer to a folder of its own, and use that",
				f.Dir, f.Config.shown(name), theirs.file, head.Task, headsTensorsFile)
		}
	}
	return nil
}

// sameNumbers compares a tensor of some type with one of float32. Of a shorter type the numbers are rounded.
func sameNumbers(stored, exact Tensor, dtype safetensors.DType) bool {
	if !slices.Equal(stored.Shape, exact.Shape) {
		return false
	}
	relative, absolute := 0.0, 0.0
	if dtype == safetensors.F16 || dtype == safetensors.BF16 {
		relative, absolute = 1.0/256, 1e-7 // a bfloat16's last place, and what a float16 makes zero of
	}
	return slices.EqualFunc(stored.Data, exact.Data, func(x, y float32) bool {
		return math.Abs(float64(x)-float64(y)) <= relative*math.Abs(float64(y))+absolute
	})
}
