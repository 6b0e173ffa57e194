package export

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/kinds"
	"ringmaster/model/checkpoint"
	"ringmaster/model/weights"
)

// Model is what a checkpoint's flat vector does not say of itself.
type Model struct {
	// Base is the folder that the stage began with: the configuration and the tokenizer.
	Base *weights.Folder
	// Heads are the tasks and their classes in the order of the flat vector, one of them the
	// target; none for a masked language model.
	Heads []Head
	// LoRA is how the stage adapted the encoder: a checkpoint's state has adapters, a folder has none.
	LoRA weights.LoRA
	// Recipe is what the tasks' texts go through.
	Recipe data.Recipe
}

// Head is a task and its classes in their order.
type Head struct {
	Task    string
	Kind    config.Kind
	Classes []string
	// Scale is that of a value in training, which a checkpoint's head still answers in.
	Scale  kinds.Scale
	Target bool // the one that transformers loads
}

// Checkpoint writes the model of a checkpoint's folder as the folder out, which must be empty or
// not there. A checkpoint that holds a model folder is taken as it is, but for the target.
func Checkpoint(ctx context.Context, dir, out string, m Model) error {
	if holdsFolder(dir) {
		return Retarget(ctx, dir, out, m)
	}
	spec, err := m.ofState(dir)
	if err != nil {
		return err
	}
	return Write(out, spec, m.Recipe)
}

func holdsFolder(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "config.json"))
	return err == nil
}

// ofState reads the parameters of a checkpoint's shards.
func (m Model) ofState(dir string) (spec weights.WriteSpec, err error) {
	parts, err := m.layout()
	if err != nil {
		return spec, err
	}
	_, flat, err := checkpoint.ReadParameters(dir, parts[len(parts)-1].End(), weights.LayoutHash(parts))
	if err != nil {
		return spec, err
	}
	spec = weights.WriteSpec{Config: m.Base.Config, Tokenizer: m.Base.Dir}
	values := map[string]weights.Tensor{}
	for _, p := range parts {
		t := weights.Tensor{Name: p.Name, Shape: p.Shape, Data: flat[p.Offset:p.End()]}
		switch {
		case strings.HasPrefix(p.Name, weights.MaskedPrefix):
			spec.MaskedHead = append(spec.MaskedHead, t)
		case strings.HasPrefix(p.Name, weights.HeadsPrefix):
			values[p.Name] = t
		default:
			spec.Tensors = append(spec.Tensors, t)
		}
	}
	spec.Tensors = m.LoRA.Merged(spec.Tensors)
	for _, h := range m.Heads {
		name := weights.HeadsPrefix + h.Task
		h.Scale.FoldInto(values[name+".weight"].Data, values[name+".bias"].Data)
		spec.Heads = append(spec.Heads, weights.Head{
			Task: h.Task, Kind: h.Kind, Classes: h.Classes, Target: h.Target,
			Weight: values[name+".weight"], Bias: values[name+".bias"],
		})
	}
	return spec, nil
}

// layout is that of the flat vector.
func (m Model) layout() ([]weights.Part, error) {
	if len(m.Heads) > 0 {
		heads := make([]weights.HeadShape, len(m.Heads))
		for i, h := range m.Heads {
			heads[i] = weights.HeadShape{Task: h.Task, Classes: len(h.Classes)}
		}
		return weights.Layout(m.Base.Config, m.LoRA, heads), nil
	}
	bert, ok := m.Base.Config.(weights.BertConfig)
	if !ok {
		return nil, fmt.Errorf("%w: %s is not a BERT model, and so not a masked language model", ErrBase, m.Base.Dir)
	}
	return weights.MaskedLayout(bert, m.Base.HasPooler), nil
}

// Retarget writes a model folder anew, with m's target as the head that transformers loads.
func Retarget(ctx context.Context, dir, out string, m Model) error {
	folder, err := weights.Open(dir, weights.AllowNoPooler())
	if err != nil {
		return err
	}
	tensors, err := folder.Load(ctx)
	if err != nil {
		return err
	}
	spec := weights.WriteSpec{Config: folder.Config, Tokenizer: m.Base.Dir}
	for _, t := range tensors {
		spec.Tensors = append(spec.Tensors, t)
	}
	if len(m.Heads) == 0 {
		if spec.MaskedHead, err = maskedHead(ctx, folder); err != nil {
			return err
		}
		return Write(out, spec, m.Recipe)
	}
	if spec.Heads, err = folder.Heads(); err != nil {
		return err
	}
	for i, h := range spec.Heads {
		spec.Heads[i].Target = false
		for _, want := range m.Heads {
			spec.Heads[i].Target = spec.Heads[i].Target || want.Task == h.Task && want.Target
		}
	}
	return Write(out, spec, m.Recipe)
}

// maskedHead reads a folder's masked-language-model head in the order in which it is written.
func maskedHead(ctx context.Context, folder *weights.Folder) ([]weights.Tensor, error) {
	bert, ok := folder.Config.(weights.BertConfig)
	if !ok || !folder.HasMaskedHead() {
		return nil, fmt.Errorf("%w: %s has no masked language model head", ErrNoModel, folder.Dir)
	}
	byName, err := folder.MaskedHead(ctx)
	if err != nil {
		return nil, err
	}
	var all []weights.Tensor
	for _, spec := range bert.MaskedHead() {
		all = append(all, byName[spec.Name])
	}
	return all, nil
}
