package torch

import (
	"context"
	"math"
	"math/rand/v2"
	"os"
	"testing"
)

// gpu is the GPU that RINGMASTER_TEST_DEVICE names, or skips the test.
func gpu(t *testing.T) Device {
	t.Helper()
	name := os.Getenv("RINGMASTER_TEST_DEVICE")
	if name == "" {
		t.Skip("SKIPPED: kernels of a GPU need one; set RINGMASTER_TEST_DEVICE=cuda on a machine that has it")
	}
	d, err := OpenDevice(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// leaves are random rows on the GPU in bfloat16, and the same numbers in float32.
type leaves struct{ half, full []*Tensor }

func (l *leaves) add(s *Scope, d Device, r *rand.Rand, scale float64, shape ...int64) {
	n := int64(1)
	for _, k := range shape {
		n *= k
	}
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(r.NormFloat64() * scale)
	}
	half := s.ZerosBFloat16(d, shape...)
	s.Copy(half, s.To(s.Floats(values, shape...), d))
	full := s.Detach(s.ToFloat(half))
	s.RequireGrad(half)
	s.RequireGrad(full)
	l.half, l.full = append(l.half, half), append(l.full, full)
}

func read(s *Scope, x *Tensor, n int) []float32 {
	values := make([]float32, n)
	s.Read(values, s.ToFloat(s.Detach(x)))
	return values
}

// difference is the L2 distance of two vectors, relative to the second.
func difference(got, want []float32) float64 {
	var d, w float64
	for i := range want {
		d += math.Pow(float64(got[i])-float64(want[i]), 2)
		w += math.Pow(float64(want[i]), 2)
	}
	return math.Sqrt(d / w)
}

// Each kernel, and its gradients, against libtorch's operators in float32.
func TestKernelsOfAGPU(t *testing.T) {
	d := gpu(t)
	const rows, width, wide = 1003, 384, 1536
	k, err := CompileKernels(d, width)
	if err != nil {
		t.Fatal(err)
	}
	seed := func(s *Scope, n int64) *Tensor { return s.To(s.Ints([]int64{n}, 1), d) }
	for _, test := range []struct {
		name   string
		shapes [][]int64
		out    int64
		fused  func(s *Scope, x []*Tensor) *Tensor
		plain  func(s *Scope, x []*Tensor) *Tensor
	}{
		{"add and normalise", [][]int64{{rows, width}, {width}, {rows, width}, {width}, {width}}, width,
			func(s *Scope, x []*Tensor) *Tensor {
				return s.AddNorm(k, x[0], x[1], x[2], x[3], x[4], seed(s, 7), 3, 0, 1e-12)
			},
			func(s *Scope, x []*Tensor) *Tensor {
				return s.LayerNorm(s.Add(s.Add(x[0], x[1]), x[2]), width, x[3], x[4], 1e-12)
			}},
		{"bias and gelu", [][]int64{{rows, wide}, {wide}}, wide,
			func(s *Scope, x []*Tensor) *Tensor { return s.BiasGelu(k, x[0], x[1]) },
			func(s *Scope, x []*Tensor) *Tensor { return s.Gelu(s.Add(x[0], x[1]), false) }},
		{"linear", [][]int64{{rows, width}, {wide, width}, {wide}}, wide,
			func(s *Scope, x []*Tensor) *Tensor { return s.FusedLinear(k, x[0], x[1], x[2]) },
			func(s *Scope, x []*Tensor) *Tensor { return s.Linear(x[0], x[1], x[2]) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := start(t).Run(WithGrad, func(s *Scope) error {
				r := rand.New(rand.NewPCG(1, 2))
				var l leaves
				for _, shape := range test.shapes {
					l.add(s, d, r, 0.7, shape...)
				}
				var weight leaves
				weight.add(s, d, r, 1, rows, test.out)
				got, want := test.fused(s, l.half), test.plain(s, l.full)
				n := rows * int(test.out)
				if e := difference(read(s, got, n), read(s, want, n)); s.Err() == nil && !(e < 6e-3) {
					t.Errorf("result is off by %.2g", e)
				}
				s.Backward(s.Sum(s.Mul(s.ToFloat(got), s.Detach(weight.full[0]))))
				s.Backward(s.Sum(s.Mul(want, s.Detach(weight.full[0]))))
				for i, shape := range test.shapes {
					n := 1
					for _, k := range shape {
						n *= int(k)
					}
					e := difference(read(s, s.Grad(l.half[i]), n), read(s, s.Grad(l.full[i]), n))
					if s.Err() == nil && !(e < 1.2e-2) {
						t.Errorf("gradient of argument %d is off by %.2g", i, e)
					}
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// Dropout takes the share asked for, the same forward and backward, by seed and site.
func TestDropoutOfAGPUsKernel(t *testing.T) {
	d := gpu(t)
	const rows, width, p = 2000, 384, 0.25
	k, err := CompileKernels(d, width)
	if err != nil {
		t.Fatal(err)
	}
	err = start(t).Run(WithGrad, func(s *Scope) error {
		ones := make([]float32, rows*width)
		for i := range ones {
			ones[i] = 1
		}
		row := func(x float32) *Tensor {
			values := make([]float32, width)
			for i := range values {
				values[i] = x * float32(1+i%3)
			}
			half := s.ZerosBFloat16(d, width)
			s.Copy(half, s.To(s.Floats(values, width), d))
			return half
		}
		run := func(seed int64, site int) (kept []bool, share float64) {
			x, none := s.ZerosBFloat16(d, rows, width), s.ZerosBFloat16(d, rows, width)
			s.Copy(x, s.To(s.Floats(ones, rows, width), d))
			s.RequireGrad(x)
			y := s.AddNorm(k, x, row(0), none, row(1), row(0), s.To(s.Ints([]int64{seed}, 1), d), site, p, 1e-5)
			s.Backward(s.Sum(s.Mul(s.ToFloat(y), s.ToFloat(s.Detach(y)))))
			out, grad := read(s, y, rows*width), read(s, s.Grad(x), rows*width)
			kept = make([]bool, len(out))
			n := 0
			for i := range out {
				kept[i] = out[i] > 0 // what is kept is above its row's mean
				if !kept[i] {
					n++
					if grad[i] != 0 {
						t.Fatalf("element %d is dropped, its gradient is %v", i, grad[i])
					}
				}
			}
			return kept, float64(n) / float64(len(out))
		}
		a, share := run(5, 0)
		if math.Abs(share-p) > 0.003 {
			t.Errorf("%.4f of the elements are dropped, want %v", share, p)
		}
		again, _ := run(5, 0)
		differ := func(b []bool) float64 {
			n := 0
			for i := range a {
				if a[i] != b[i] {
					n++
				}
			}
			return float64(n) / float64(len(a))
		}
		if n := differ(again); n != 0 {
			t.Errorf("the same seed drops others, %.4f of all", n)
		}
		for _, other := range []struct {
			seed int64
			site int
		}{{6, 0}, {5, 1}} {
			b, _ := run(other.seed, other.site)
			if n := differ(b); math.Abs(n-2*p*(1-p)) > 0.003 {
				t.Errorf("seed %d, site %d: %.4f of the elements differ, want %v as of independent draws", other.seed, other.site, n, 2*p*(1-p))
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// The update's kernel against the one for host memory, with a length that is no multiple of four.
func TestUpdateKernelOfAGPU(t *testing.T) {
	d := gpu(t)
	k, err := CompileKernels(d, 128)
	if err != nil {
		t.Fatal(err)
	}
	const n, bound = 4099, 0.5
	o := AdamWStep{LR: 1e-2, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, WeightDecay: 0.1}
	r := rand.New(rand.NewPCG(3, 4))
	host := [4][]float32{}
	for i := range host {
		host[i] = make([]float32, n)
	}
	classes := make([]byte, n)
	for i := range n {
		host[0][i], classes[i] = float32(r.NormFloat64()), UpdateClass(i < n/2, 1+i/(n/2))
	}
	err = start(t).Run(NoGrad, func(s *Scope) error {
		a := FlatAdamW{Param: s.To(s.Floats(host[0], n), d), Grad: s.Zeros(d, n), Mean: s.Zeros(d, n), Square: s.Zeros(d, n),
			Half: s.ZerosBFloat16(d, n), Classes: s.To(s.Bytes(classes, n), d), Norm: s.Zeros(d, 1)}
		shares := make([]float32, UpdateDepths)
		shares[1], shares[2] = 0.5, 0.25
		for step := 1; step <= 5; step++ {
			share := []float64{1, 1}
			if step > 3 { // from now on the second half has half the rate of the first
				a.Shares, share = s.To(s.Floats(shares, UpdateDepths), d), []float64{0.5, 0.25}
			}
			for i := range n {
				host[1][i] = float32(r.NormFloat64())
			}
			s.Copy(a.Grad, s.Floats(host[1], n))
			norm := Norm(host[1], 1)
			c1, c2 := 1-math.Pow(o.Beta1, float64(step)), 1-math.Pow(o.Beta2, float64(step))
			a.Settings = s.To(s.Floats([]float32{float32(o.LR), bound, float32(step), float32(c1), float32(c2)}, 5), d)
			s.StepAdamW(k, a, o)
			if got := s.Item(a.Norm); math.Abs(got-norm) > 1e-4*norm {
				t.Errorf("norm %v, want %v", got, norm)
			}
			on := o
			on.Step, on.GradScale = int64(step), bound/(norm+1e-6)
			on.LR = o.LR * share[0]
			AdamW(host[0][:n/2], host[1][:n/2], host[2][:n/2], host[3][:n/2], on, 1)
			on.WeightDecay, on.LR = 0, o.LR*share[1]
			AdamW(host[0][n/2:], host[1][n/2:], host[2][n/2:], host[3][n/2:], on, 1)
		}
		for name, pair := range map[string]struct {
			got  *Tensor
			want []float32
			most float64
		}{"parameters": {a.Param, host[0], 1e-5}, "means": {a.Mean, host[2], 1e-5}, "squares": {a.Square, host[3], 1e-4}, "bfloat16": {a.Half, host[0], 4e-3}} {
			if e := difference(read(s, pair.got, n), pair.want); !(e < pair.most) {
				t.Errorf("%s are off by %.2g", name, e)
			}
		}
		before := read(s, a.Param, n)
		host[1][7] = float32(math.NaN())
		s.Copy(a.Grad, s.Floats(host[1], n))
		s.StepAdamW(k, a, o)
		if after := read(s, a.Param, n); difference(after, before) != 0 {
			t.Error("a norm that is not a number changed parameters")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
