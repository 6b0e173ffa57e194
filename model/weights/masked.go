package weights

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// MaskedPrefix begins the names of the head that tells masked tokens: transformers'
// BertLMPredictionHead. Its decoder is the matrix of word embeddings and is not stored again.
const MaskedPrefix = "cls.predictions."

// The head's tensors: a linear map and its normalisation, and the decoder's bias.
const (
	MaskedDense = MaskedPrefix + "transform.dense"
	MaskedNorm  = MaskedPrefix + "transform.LayerNorm"
	MaskedBias  = MaskedPrefix + "bias"
)

// MaskedHead lists the tensors of the masked-language-model head in the order of its forward
// pass.
func (c BertConfig) MaskedHead() []TensorSpec {
	hidden := int64(c.HiddenSize)
	return []TensorSpec{
		{MaskedDense + ".weight", []int64{hidden, hidden}},
		{MaskedDense + ".bias", []int64{hidden}},
		{MaskedNorm + ".weight", []int64{hidden}},
		{MaskedNorm + ".bias", []int64{hidden}},
		{MaskedBias, []int64{int64(c.VocabSize)}},
	}
}

// takeMaskedHead moves the masked-language-model head from the ignored tensors to the
// folder's own, where it is there whole. A head with pieces missing is of no use.
func (f *Folder) takeMaskedHead(found map[string]entry) (problems []string) {
	bert, ok := f.Config.(BertConfig)
	if !ok {
		return nil
	}
	byName := map[string]string{} // the canonical name: the file's
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if strings.HasPrefix(name, MaskedPrefix) {
			byName[modernLayerNorm(name)] = name
		}
	}
	head, own := map[string]entry{}, []string{}
	for _, spec := range bert.MaskedHead() {
		name, ok := byName[spec.Name]
		if !ok {
			return nil
		}
		head[spec.Name], own = found[name], append(own, name)
		problems = append(problems, found[name].problems(want{spec.Name, spec.Shape})...)
	}
	f.masked = head
	f.Ignored = slices.DeleteFunc(f.Ignored, func(name string) bool { return slices.Contains(own, name) })
	return problems
}

// HasMaskedHead says whether the folder has a masked-language-model head.
func (f *Folder) HasMaskedHead() bool { return f.masked != nil }

// MaskedHead reads the masked-language-model head by its tensors' names; nil where the folder
// has none.
func (f *Folder) MaskedHead(ctx context.Context) (map[string]Tensor, error) {
	if f.masked == nil {
		return nil, nil
	}
	files := openFiles{dir: f.Dir}
	defer files.close()
	tensors := make(map[string]Tensor, len(f.masked))
	for name, e := range f.masked {
		tensor, err := files.read(ctx, name, e)
		if err != nil {
			return nil, err
		}
		tensors[name] = tensor
	}
	return tensors, nil
}

// maskedProblems says what is wrong with a masked-language-model head that is to be written.
func (s WriteSpec) maskedProblems() (lines []string) {
	if len(s.MaskedHead) == 0 {
		return nil
	}
	bert, ok := s.Config.(BertConfig)
	if !ok || len(s.Heads) > 0 {
		return []string{"a masked-language-model head stands on a BERT, and alone"}
	}
	specs := bert.MaskedHead()
	if len(s.MaskedHead) != len(specs) {
		return []string{fmt.Sprintf("the masked-language-model head has %d tensors in place of %d", len(s.MaskedHead), len(specs))}
	}
	for i, spec := range specs {
		if t := s.MaskedHead[i]; t.Name != spec.Name {
			lines = append(lines, fmt.Sprintf("tensor %s of the masked-language-model head stands in the place of %s", t.Name, spec.Name))
		} else {
			lines = append(lines, t.problems(want{spec.Name, spec.Shape})...)
		}
	}
	return lines
}
