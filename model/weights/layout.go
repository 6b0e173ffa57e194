package weights

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
)

// Part is a tensor's place in a model's flat vector.
type Part struct {
	Name   string
	Shape  []int64
	Offset int // of its first element
}

// HeadShape is the name of a classification head's task and its number of classes.
type HeadShape struct {
	Task    string
	Classes int
}

// HeadsPrefix begins the names of classification heads' parts: head.TASK.weight, head.TASK.bias.
const HeadsPrefix = "head."

// Layout lists the parts of a classifier's flat vector: the encoder in the order of the forward
// pass, then the heads in the order given, weight before bias. Adapters are in front of the pooler, so that what
// training changes is the vector's end.
func Layout(c Config, l LoRA, heads []HeadShape) []Part {
	all := c.Tensors()
	if bert, ok := c.(BertConfig); ok && l.On() {
		pooler := slices.IndexFunc(all, func(t TensorSpec) bool { return isPooler(t.Name) })
		all = slices.Insert(slices.Clone(all), pooler, l.tensors(bert)...)
	}
	for _, h := range heads {
		classes := int64(h.Classes)
		all = append(all,
			TensorSpec{HeadsPrefix + h.Task + ".weight", []int64{classes, int64(c.Sizes().Features)}},
			TensorSpec{HeadsPrefix + h.Task + ".bias", []int64{classes}})
	}
	return parts(all)
}

// MaskedLayout lists the parts of a masked language model's flat vector: the encoder, then the
// head. The pooler is among them only where the model's folder has one.
func MaskedLayout(c BertConfig, hasPooler bool) []Part {
	return parts(append(c.encoderTensors(hasPooler), c.MaskedHead()...))
}

// parts places tensors one after another.
func parts(specs []TensorSpec) []Part {
	all, offset := make([]Part, len(specs)), 0
	for i, s := range specs {
		all[i] = Part{Name: s.Name, Shape: s.Shape, Offset: offset}
		offset = all[i].End()
	}
	return all
}

// Size is the number of elements.
func (p Part) Size() int {
	n := 1
	for _, d := range p.Shape {
		n *= int(d)
	}
	return n
}

// End is the offset after its last element.
func (p Part) End() int { return p.Offset + p.Size() }

// LayoutHash is a hash of the parts' names, shapes and places, by which a stored state is known
// to belong to a model.
func LayoutHash(parts []Part) string {
	sum := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(sum, "%q %v %d\n", p.Name, p.Shape, p.Offset)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// encoderTensors are Tensors, without the pooler where there is none.
func (c BertConfig) encoderTensors(hasPooler bool) []TensorSpec {
	all := c.Tensors()
	if hasPooler {
		return all
	}
	var rest []TensorSpec
	for _, t := range all {
		if !isPooler(t.Name) {
			rest = append(rest, t)
		}
	}
	return rest
}
