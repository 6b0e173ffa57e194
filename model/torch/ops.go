package torch

import (
	lib "github.com/sugarme/gotch/libtch"
)

// The operators carry libtorch's names; their meaning is libtorch's. Dimensions
// count from 0, negative ones from the end.

const sameType = int32(kindFloat)

// Linear is x·wᵀ + b.
func (s *Scope) Linear(x, w, b *Tensor) *Tensor {
	return s.op("linear", func(out *lib.Ctensor) { lib.AtgLinear(out, x.ptr(), w.ptr(), b.ptr()) })
}

// LayerNorm normalises over the last dimension, whose size is width.
func (s *Scope) LayerNorm(x *Tensor, width int64, w, b *Tensor, eps float64) *Tensor {
	return s.op("layer_norm", func(out *lib.Ctensor) {
		lib.AtgLayerNorm(out, x.ptr(), []int64{width}, 1, w.ptr(), b.ptr(), eps, 1)
	})
}

// Relu is max(x, 0).
func (s *Scope) Relu(x *Tensor) *Tensor {
	return s.op("relu", func(out *lib.Ctensor) { lib.AtgRelu(out, x.ptr()) })
}

// Tanh is the hyperbolic tangent.
func (s *Scope) Tanh(x *Tensor) *Tensor {
	return s.op("tanh", func(out *lib.Ctensor) { lib.AtgTanh(out, x.ptr()) })
}

// LogSoftmax is the logarithm of the softmax over dim.
func (s *Scope) LogSoftmax(x *Tensor, dim int64) *Tensor {
	return s.op("log_softmax", func(out *lib.Ctensor) { lib.AtgLogSoftmax(out, x.ptr(), dim, sameType) })
}

// Add is a + b.
func (s *Scope) Add(a, b *Tensor) *Tensor {
	return s.op("add", func(out *lib.Ctensor) { lib.AtgAdd(out, a.ptr(), b.ptr()) })
}

// AddTo adds y to x, in place.
func (s *Scope) AddTo(x, y *Tensor) {
	s.do("add_", func(out *lib.Ctensor) { lib.AtgAdd_(out, x.ptr(), y.ptr()) })
}

// Mul is a · b, element by element.
func (s *Scope) Mul(a, b *Tensor) *Tensor {
	return s.op("mul", func(out *lib.Ctensor) { lib.AtgMul(out, a.ptr(), b.ptr()) })
}

// Scale is x · factor.
func (s *Scope) Scale(x *Tensor, factor float64) *Tensor {
	return s.op("mul", func(out *lib.Ctensor) {
		c := lib.AtsFloat(factor)
		defer lib.AtsFree(c)
		lib.AtgMulScalar(out, x.ptr(), c)
	})
}

// Sum adds up all elements.
func (s *Scope) Sum(x *Tensor) *Tensor {
	return s.op("sum", func(out *lib.Ctensor) { lib.AtgSum(out, x.ptr(), sameType) })
}

// Norm is the Euclidean norm of all elements, as one element; [Norm] is for host memory.
func (s *Scope) Norm(x *Tensor) *Tensor {
	return s.op("norm", func(out *lib.Ctensor) { lib.AtgNorm(out, x.ptr()) })
}

// View is x in another shape, over the same memory.
func (s *Scope) View(x *Tensor, shape ...int64) *Tensor {
	return s.op("view", func(out *lib.Ctensor) { lib.AtgView(out, x.ptr(), shape, len(shape)) })
}

// Reshape is x in another shape, copied where it must be.
func (s *Scope) Reshape(x *Tensor, shape ...int64) *Tensor {
	return s.op("reshape", func(out *lib.Ctensor) { lib.AtgReshape(out, x.ptr(), shape, len(shape)) })
}

// Flatten makes one dimension of those from begin to end, copied where it must be.
func (s *Scope) Flatten(x *Tensor, begin, end int64) *Tensor {
	return s.op("flatten", func(out *lib.Ctensor) { lib.AtgFlatten(out, x.ptr(), begin, end) })
}

// Unflatten makes two dimensions of one, over the same memory; −1 is the size that fits.
func (s *Scope) Unflatten(x *Tensor, dim, first, second int64) *Tensor {
	return s.op("unflatten", func(out *lib.Ctensor) {
		lib.AtgUnflatten(out, x.ptr(), dim, []int64{first, second}, 2)
	})
}

// Expand is x with dimensions of size 1 repeated, over the same memory.
func (s *Scope) Expand(x *Tensor, shape ...int64) *Tensor {
	return s.op("expand", func(out *lib.Ctensor) { lib.AtgExpand(out, x.ptr(), shape, len(shape), 0) })
}

// Transpose swaps two dimensions, over the same memory.
func (s *Scope) Transpose(x *Tensor, a, b int64) *Tensor {
	return s.op("transpose", func(out *lib.Ctensor) { lib.AtgTranspose(out, x.ptr(), a, b) })
}

// Narrow is x[start : start+length] along dim, over the same memory.
func (s *Scope) Narrow(x *Tensor, dim, start, length int64) *Tensor {
	return s.op("narrow", func(out *lib.Ctensor) { lib.AtgNarrow(out, x.ptr(), dim, start, length) })
}

// IndexSelect copies the rows of x along dim that index names.
func (s *Scope) IndexSelect(x *Tensor, dim int64, index *Tensor) *Tensor {
	return s.op("index_select", func(out *lib.Ctensor) { lib.AtgIndexSelect(out, x.ptr(), dim, index.ptr()) })
}

// IndexAdd adds row i of source to row index[i] of x, in place.
func (s *Scope) IndexAdd(x *Tensor, dim int64, index, source *Tensor) {
	s.do("index_add_", func(out *lib.Ctensor) { lib.AtgIndexAdd_(out, x.ptr(), dim, index.ptr(), source.ptr()) })
}

// Detach is x without its history, over the same memory.
func (s *Scope) Detach(x *Tensor) *Tensor {
	return s.op("detach", func(out *lib.Ctensor) { lib.AtgDetach(out, x.ptr()) })
}

// RequireGrad makes the leaf x collect a gradient, in place.
func (s *Scope) RequireGrad(x *Tensor) {
	s.do("requires_grad_", func(out *lib.Ctensor) { lib.AtgSetRequiresGrad(out, x.ptr(), 1) })
}

// Zero fills x with zeros, in place.
func (s *Scope) Zero(x *Tensor) {
	s.do("zero_", func(out *lib.Ctensor) { lib.AtgZero_(out, x.ptr()) })
}

// Copy writes src into dst, in place, across devices where they differ.
func (s *Scope) Copy(dst, src *Tensor) {
	s.do("copy_", func(*lib.Ctensor) { lib.AtCopy_(dst.ptr(), src.ptr()) })
}

// Backward adds the gradients of the one-element tensor x to the leaves it depends on.
func (s *Scope) Backward(x *Tensor) {
	s.do("backward", func(*lib.Ctensor) { lib.AtBackward(x.ptr(), 0, 0) })
}

// MatMul is the matrix product a·b.
func (s *Scope) MatMul(a, b *Tensor) *Tensor {
	return s.op("mm", func(out *lib.Ctensor) { lib.AtgMm(out, a.ptr(), b.ptr()) })
}

// BatchedMatMul is the matrix product of the last two dimensions, over all others, which are broadcast.
func (s *Scope) BatchedMatMul(a, b *Tensor) *Tensor {
	return s.op("matmul", func(out *lib.Ctensor) { lib.AtgMatmul(out, a.ptr(), b.ptr()) })
}

// AddProduct adds the matrix product a·b to x, in place.
func (s *Scope) AddProduct(x, a, b *Tensor) {
	s.do("addmm_", func(out *lib.Ctensor) { lib.AtgAddmm_(out, x.ptr(), a.ptr(), b.ptr()) })
}

// SumOver adds up along a dimension, which is gone then.
func (s *Scope) SumOver(x *Tensor, dim int64) *Tensor {
	return s.op("sum", func(out *lib.Ctensor) { lib.AtgSumDimIntlist(out, x.ptr(), []int64{dim}, 1, 0, sameType) })
}

// ExpInPlace replaces x by eˣ.
func (s *Scope) ExpInPlace(x *Tensor) {
	s.do("exp_", func(out *lib.Ctensor) { lib.AtgExp_(out, x.ptr()) })
}

// Gather takes elements of x along dim, those that index names there.
func (s *Scope) Gather(x *Tensor, dim int64, index *Tensor) *Tensor {
	return s.op("gather", func(out *lib.Ctensor) { lib.AtgGather(out, x.ptr(), dim, index.ptr(), 0) })
}

// ScatterAdd adds source to the elements of x along dim that index names, in place.
func (s *Scope) ScatterAdd(x *Tensor, dim int64, index, source *Tensor) {
	s.do("scatter_add_", func(out *lib.Ctensor) { lib.AtgScatterAdd_(out, x.ptr(), dim, index.ptr(), source.ptr()) })
}
