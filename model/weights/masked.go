package weights

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// MaskedPrefix begins the names of the head that tells masked tokens: transformers'
// BertLMPredictionHead, or another architecture's, under these names. Its decoder is the matrix of word embeddings, which is not stored again,
// or, untied, a matrix of its own.
const MaskedPrefix = "cls.predictions."

// The head's tensors: a linear map and its normalisation, and the decoder, which has a matrix of
// its own only where BertConfig.Tied is false.
const (
	MaskedDense   = MaskedPrefix + "transform.dense"
	MaskedNorm    = MaskedPrefix + "transform.LayerNorm"
	MaskedDecoder = MaskedPrefix + "decoder.weight"
	MaskedBias    = MaskedPrefix + "bias"
)

// maskedDecoderBias is the decoder's bias as the layer that adds it has it; a file may hold it
// under this name, MaskedBias, that of old TensorFlow files, or several.
const maskedDecoderBias = MaskedPrefix + "decoder.bias"

// biasNames are where the bias is looked for. transformers adds the decoder's own: where a file
// holds both and they differ, the other one has no effect.
var biasNames = []string{maskedDecoderBias, MaskedBias, MaskedPrefix + "output_bias"}

// MaskedHead lists the tensors of the masked-language-model head in the order of its forward
// pass.
func (c BertConfig) MaskedHead() []TensorSpec {
	hidden, width, words := int64(c.HiddenSize), int64(c.EmbeddingWidth()), int64(c.VocabSize)
	head := []TensorSpec{
		{MaskedDense + ".weight", []int64{width, hidden}},
		{MaskedDense + ".bias", []int64{width}},
		{MaskedNorm + ".weight", []int64{width}},
		{MaskedNorm + ".bias", []int64{width}},
	}
	if c.architecture().noBias {
		head = slices.DeleteFunc(head, func(s TensorSpec) bool { return strings.HasSuffix(s.Name, ".bias") })
	}
	if !c.Tied() {
		head = append(head, TensorSpec{MaskedDecoder, []int64{words, width}})
	}
	return append(head, TensorSpec{MaskedBias, []int64{words}})
}

// takeMaskedHead moves the masked-language-model head from the ignored tensors to the
// folder's own, where it is there whole. A head with pieces missing is of no use. It settles
// whether the decoder is tied.
func (f *Folder) takeMaskedHead(found map[string]entry) (problems []string, err error) {
	bert, ok := f.Config.(BertConfig)
	if !ok {
		return nil, nil
	}
	byName, names := map[string]entry{}, map[string][]string{} // by canonical name
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if known, ok := bert.architecture().canonicalMasked(name); ok {
			byName[known], names[known] = found[name], append(names[known], name)
		}
	}
	for _, name := range slices.Backward(biasNames) {
		if bias, ok := byName[name]; ok {
			byName[MaskedBias], names[MaskedBias] = bias, append(names[MaskedBias], names[name]...)
		}
	}
	if bert, err = f.settleTied(bert, byName); err != nil {
		return nil, err
	}
	f.Config = bert
	head, own := map[string]entry{}, names[MaskedDecoder]
	for _, spec := range bert.MaskedHead() {
		e, ok := byName[spec.Name]
		if !ok {
			return nil, nil
		}
		head[spec.Name], own = e, append(own, names[spec.Name]...)
		problems = append(problems, e.problems(want{bert.shown(spec.Name), spec.Shape})...)
	}
	f.masked = head
	f.Ignored = slices.DeleteFunc(f.Ignored, func(name string) bool { return slices.Contains(own, name) })
	return problems, nil
}

// settleTied says by config.json and the file whether the decoder is tied, as transformers
// does: a configuration that ties it is wrong where the file has both matrices, and they differ.
func (f *Folder) settleTied(c BertConfig, head map[string]entry) (BertConfig, error) {
	decoder, has := head[MaskedDecoder]
	words, hasWords := f.tensors[bertPrefix+wordEmbeddings]
	if !c.Tied() || !has || !hasWords || !decoder.isFloat() || !words.isFloat() {
		return c.withTied(c.Tied()), nil
	}
	same, err := f.sameNumbers(decoder, words)
	return c.withTied(same), err
}

// sameNumbers compares two tensors. Both are read, unless they are one in the file, as in a
// pickle of a tied model.
func (f *Folder) sameNumbers(a, b entry) (bool, error) {
	if a.file == b.file && a.offset == b.offset && a.size == b.size && a.dtype == b.dtype {
		return true, nil
	}
	if !slices.Equal(a.shape, b.shape) {
		return false, nil
	}
	files := f.files()
	defer files.close()
	ctx := context.Background() // two matrices of the vocabulary's size: a second at most
	one, err := files.read(ctx, MaskedDecoder, a)
	if err != nil {
		return false, err
	}
	other, err := files.read(ctx, wordEmbeddings, b)
	return slices.Equal(one.Data, other.Data), err
}

// HasMaskedHead says whether the folder has a masked-language-model head.
func (f *Folder) HasMaskedHead() bool { return f.masked != nil }

// MaskedHead reads the masked-language-model head by its tensors' names; nil where the folder
// has none.
func (f *Folder) MaskedHead(ctx context.Context) (map[string]Tensor, error) {
	if f.masked == nil {
		return nil, nil
	}
	files := f.files()
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
		return []string{"a masked-language-model head needs a BERT encoder and cannot be written with other heads"}
	}
	specs := bert.MaskedHead()
	if len(s.MaskedHead) != len(specs) {
		return []string{fmt.Sprintf("the masked-language-model head has %d tensors in place of %d", len(s.MaskedHead), len(specs))}
	}
	for i, spec := range specs {
		if t := s.MaskedHead[i]; t.Name != spec.Name {
			lines = append(lines, fmt.Sprintf("tensor %s of the masked-language-model head is in the position of %s", t.Name, spec.Name))
		} else {
			lines = append(lines, t.problems(want{spec.Name, spec.Shape})...)
		}
	}
	return lines
}
