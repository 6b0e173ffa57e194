package weights

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// maskedModel is a whole masked language model in memory.
func maskedModel(t *testing.T) WriteSpec {
	t.Helper()
	spec := smallModel(t)
	spec.Heads = nil
	for i, s := range spec.Config.(BertConfig).MaskedHead() {
		x := Tensor{Name: s.Name, Shape: s.Shape, Data: make([]float32, want{shape: s.Shape}.size())}
		for k := range x.Data {
			x.Data[k] = float32(k) + float32(i)/8
		}
		spec.MaskedHead = append(spec.MaskedHead, x)
	}
	return spec
}

func (w want) size() int {
	n := 1
	for _, d := range w.shape {
		n *= int(d)
	}
	return n
}

func TestMaskedHeadIsReadBack(t *testing.T) {
	spec := maskedModel(t)
	f := write(t, spec)
	if got := bertOf(t, f).Architectures; !slices.Equal(got, []string{"BertForMaskedLM"}) {
		t.Errorf("architectures are %v", got)
	}
	head, err := f.MaskedHead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !f.HasMaskedHead() || len(head) != len(spec.MaskedHead) || len(f.Ignored) > 0 {
		t.Errorf("head of %d tensors, ignored %v", len(head), f.Ignored)
	}
	for _, x := range spec.MaskedHead {
		if !slices.Equal(head[x.Name].Data, x.Data) {
			t.Errorf("%s is read as %v", x.Name, head[x.Name].Data)
		}
	}
	if heads, err := f.Heads(); err == nil {
		t.Errorf("it has classification heads: %v", heads)
	}
}

// A head with pieces missing is none, as the one bias of encoder-f16 is.
func TestHalfAMaskedHeadIsNone(t *testing.T) {
	f := open(t, testFolder("encoder-f16"))
	head, err := f.MaskedHead(t.Context())
	if f.HasMaskedHead() || head != nil || err != nil {
		t.Errorf("head %v, %v", head, err)
	}
}

func TestWriteRefusesAWrongMaskedHead(t *testing.T) {
	for what, spoil := range map[string]func(*WriteSpec){
		"has 4 tensors in place of 5":        func(s *WriteSpec) { s.MaskedHead = s.MaskedHead[:4] },
		"has shape [3]":                      func(s *WriteSpec) { s.MaskedHead[4].Shape, s.MaskedHead[4].Data = []int64{3}, make([]float32, 3) },
		"is in the position of":              func(s *WriteSpec) { s.MaskedHead[0], s.MaskedHead[1] = s.MaskedHead[1], s.MaskedHead[0] },
		"cannot be written with other heads": func(s *WriteSpec) { s.Heads = smallModel(t).Heads },
	} {
		spec := maskedModel(t)
		spoil(&spec)
		if err := Write(t.TempDir()+"/model", spec); !errors.Is(err, ErrIncomplete) || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
