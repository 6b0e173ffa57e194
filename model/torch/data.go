package torch

import (
	"fmt"
	"unsafe"

	lib "github.com/sugarme/gotch/libtch"
)

// libtorch's numbers for element types.
const (
	kindByte     = 0
	kindInt32    = 3
	kindInt64    = 4
	kindFloat    = 6
	kindBool     = 11
	kindBFloat16 = 15
)

// Zeros is a float32 tensor of zeros on a device.
func (s *Scope) Zeros(d Device, shape ...int64) *Tensor {
	return s.op("zeros", func(out *lib.Ctensor) {
		lib.AtgZeros(out, shape, len(shape), kindFloat, d.c())
	})
}

// ZerosBFloat16 is Zeros in bfloat16.
func (s *Scope) ZerosBFloat16(d Device, shape ...int64) *Tensor {
	return s.op("zeros", func(out *lib.Ctensor) {
		lib.AtgZeros(out, shape, len(shape), kindBFloat16, d.c())
	})
}

// ZerosInts is Zeros in int64.
func (s *Scope) ZerosInts(d Device, shape ...int64) *Tensor {
	return s.op("zeros", func(out *lib.Ctensor) {
		lib.AtgZeros(out, shape, len(shape), kindInt64, d.c())
	})
}

// ToBytes is x in uint8.
func (s *Scope) ToBytes(x *Tensor) *Tensor { return s.toType(x, kindByte) }

// ToFloat is x in float32, x itself where it is.
func (s *Scope) ToFloat(x *Tensor) *Tensor { return s.toType(x, kindFloat) }

// ToInt32 is x in int32.
func (s *Scope) ToInt32(x *Tensor) *Tensor { return s.toType(x, kindInt32) }

// ToBool is true where x is not zero.
func (s *Scope) ToBool(x *Tensor) *Tensor { return s.toType(x, kindBool) }

func (s *Scope) toType(x *Tensor, kind int32) *Tensor {
	return s.op("to type", func(out *lib.Ctensor) { lib.AtgTotype(out, x.ptr(), kind) })
}

// Floats copies data into a float32 tensor in host memory.
func (s *Scope) Floats(data []float32, shape ...int64) *Tensor {
	return fromHost(s, data, kindFloat, shape)
}

// Ints copies data into an int64 tensor in host memory.
func (s *Scope) Ints(data []int64, shape ...int64) *Tensor {
	return fromHost(s, data, kindInt64, shape)
}

// Bytes copies data into a uint8 tensor in host memory.
func (s *Scope) Bytes(data []byte, shape ...int64) *Tensor {
	return fromHost(s, data, kindByte, shape)
}

// Bools copies data into a boolean tensor in host memory.
func (s *Scope) Bools(data []bool, shape ...int64) *Tensor {
	return fromHost(s, data, kindBool, shape)
}

// To is x on the device: x itself where it is there already, else a copy.
func (s *Scope) To(x *Tensor, d Device) *Tensor {
	if d.index == cpuIndex {
		return x
	}
	return s.op("to", func(out *lib.Ctensor) { lib.AtgTo(out, x.ptr(), d.c()) })
}

func fromHost[T any](s *Scope, data []T, kind int, shape []int64) *Tensor {
	if s.err != nil {
		return nil
	}
	n := int64(1)
	for _, d := range shape {
		n *= d
	}
	if n != int64(len(data)) || n == 0 {
		s.Fail(fmt.Errorf("%w: %d values do not fill the shape %v", ErrTorch, len(data), shape))
		return nil
	}
	return s.op("tensor", func(out *lib.Ctensor) {
		*out = lib.AtTensorOfData(unsafe.Pointer(&data[0]), shape, uint(len(shape)), uint(unsafe.Sizeof(data[0])), kind)
	})
}

// HostFloats is the memory of a contiguous float32 tensor in host memory, n elements
// long, without a copy. It is valid until the last tensor over that memory is freed.
func (s *Scope) HostFloats(x *Tensor, n int) []float32 {
	if s.err != nil {
		return nil
	}
	p := lib.AtDataPtr(x.ptr())
	if err := lastError(); err != nil {
		s.Fail(fmt.Errorf("data_ptr: %w", err))
		return nil
	}
	return unsafe.Slice((*float32)(p), n)
}

// HostInts is HostFloats for int64.
func (s *Scope) HostInts(x *Tensor, n int) []int64 {
	if s.err != nil {
		return nil
	}
	p := lib.AtDataPtr(x.ptr())
	if err := lastError(); err != nil {
		s.Fail(fmt.Errorf("data_ptr: %w", err))
		return nil
	}
	return unsafe.Slice((*int64)(p), n)
}

// Read copies the elements of a float32 tensor, wherever it is, to dst, which must
// not be longer than x.
func (s *Scope) Read(dst []float32, x *Tensor) {
	if len(dst) == 0 {
		return
	}
	s.do("read", func(*lib.Ctensor) { lib.AtCopyData(x.ptr(), unsafe.Pointer(&dst[0]), uint(len(dst)), 4) })
}

// Item is the value of a one-element tensor.
func (s *Scope) Item(x *Tensor) float64 {
	var v [1]float32
	s.Read(v[:], x)
	return float64(v[0])
}
