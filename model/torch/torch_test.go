package torch

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func start(t *testing.T) *Thread {
	t.Helper()
	before := Live()
	thread, err := Start(1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		thread.Close()
		if now := Live(); now != before {
			t.Errorf("%d tensors are left", now-before)
		}
	})
	return thread
}

func TestErrorOfAnOperatorIsOneLine(t *testing.T) {
	thread := start(t)
	reached := false
	err := thread.Run(NoGrad, func(s *Scope) error {
		a, b := s.Floats([]float32{1, 2, 3}, 3), s.Floats([]float32{1, 2}, 2)
		sum := s.Tanh(s.Add(a, b)) // Add fails; Tanh must not run
		reached = sum == nil && s.Err() != nil
		return nil
	})
	if !errors.Is(err, ErrTorch) || !reached {
		t.Fatalf("got %v, reached %v", err, reached)
	}
	if text := err.Error(); strings.Contains(text, "\n") || !strings.Contains(text, "add: libtorch: The size of tensor a (3)") {
		t.Errorf("message is %q", text)
	}
	// The failure leaves nothing behind for the next scope.
	if err := thread.Run(NoGrad, func(s *Scope) error { s.Zeros(CPU, 2); return nil }); err != nil {
		t.Error(err)
	}
}

func TestPanicBecomesAnError(t *testing.T) {
	err := start(t).Run(NoGrad, func(s *Scope) error {
		s.Zeros(CPU, 4)
		panic("oh")
	})
	if err == nil || !strings.Contains(err.Error(), "oh") {
		t.Errorf("got %v", err)
	}
}

func TestRunAfterCloseAndFromManyGoroutines(t *testing.T) {
	thread := start(t)
	var wg sync.WaitGroup
	inside := 0
	for range 20 {
		wg.Go(func() {
			if err := thread.Run(NoGrad, func(s *Scope) error { inside++; return nil }); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	thread.Close()
	thread.Close()
	if err := thread.Run(NoGrad, func(*Scope) error { return nil }); !errors.Is(err, ErrClosed) || inside != 20 {
		t.Errorf("got %v after %d runs", err, inside)
	}
}

func TestScopesFreeAndKeep(t *testing.T) {
	thread := start(t)
	before := Live()
	var kept *Tensor
	err := thread.Run(NoGrad, func(s *Scope) error {
		x := s.Floats([]float32{0, 1}, 2)
		y := s.Block(func(s *Scope) *Tensor {
			for range 10 {
				x = s.Add(x, x)
			}
			return s.Tanh(x)
		})
		if n := Live() - before; n != 2 {
			t.Errorf("%d tensors live after the block, want x and y", n)
		}
		kept = s.Keep(y)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := Live() - before; n != 1 {
		t.Errorf("%d tensors live, want the kept one", n)
	}
	kept.Free()
	kept.Free()
}

func TestGradModeBelongsToTheRun(t *testing.T) {
	thread := start(t)
	backward := func(s *Scope) error {
		x := s.Floats([]float32{3}, 1)
		s.RequireGrad(x)
		s.Backward(s.Mul(x, x))
		if g := s.Item(s.Grad(x)); s.Err() == nil && g != 6 {
			t.Errorf("d(x²)/dx at 3 is %v", g)
		}
		return nil
	}
	for range 2 {
		if err := thread.Run(WithGrad, backward); err != nil {
			t.Error(err)
		}
		if err := thread.Run(NoGrad, backward); !errors.Is(err, ErrTorch) {
			t.Errorf("backward without gradient mode: %v", err)
		}
	}
}

func TestSetGradAccumulatesInPlace(t *testing.T) {
	err := start(t).Run(WithGrad, func(s *Scope) error {
		flat := s.Zeros(CPU, 4)
		memory := s.HostFloats(flat, 4)
		x := s.Floats([]float32{1, 2}, 2)
		s.RequireGrad(x)
		s.SetGrad(x, s.Detach(s.Narrow(flat, 0, 1, 2)))
		s.Backward(s.Sum(s.Mul(x, x)))
		s.Backward(s.Sum(x))
		if diff := cmp.Diff([]float32{0, 3, 5, 0}, memory); diff != "" {
			t.Error(diff)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestThreadsAreTheOnesAskedFor(t *testing.T) {
	for _, want := range []int{1, 2} {
		thread, err := Start(want)
		if err != nil {
			t.Fatal(err)
		}
		if err := thread.Run(NoGrad, func(s *Scope) error {
			if got := s.Threads(); got != want {
				t.Errorf("%d threads, want %d", got, want)
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
		thread.Close()
	}
}

func TestSeededDropoutRepeats(t *testing.T) {
	thread := start(t)
	draw := func(seed uint64) []float32 {
		got := make([]float32, 64)
		err := thread.Run(NoGrad, func(s *Scope) error {
			return Seeded(CPU, seed, func() error {
				ones := make([]float32, 64)
				for i := range ones {
					ones[i] = 1
				}
				s.Read(got, s.Dropout(s.Floats(ones, 64), 0.5))
				return nil
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if cmp.Diff(draw(1), draw(1)) != "" || cmp.Diff(draw(1), draw(2)) == "" {
		t.Error("dropout does not follow the seed")
	}
}

func random(n int, seed uint64, scale float64) []float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64() * scale)
	}
	return x
}

func TestNorm(t *testing.T) {
	for _, n := range []int{0, 1, 15, 1000, 3*chunk + 7} {
		x := random(n, 3, 2)
		want := 0.0
		for _, v := range x {
			want += float64(v) * float64(v)
		}
		want = math.Sqrt(want)
		one := Norm(x, 1)
		if math.Abs(one-want) > 1e-12*want {
			t.Errorf("n %d: %v, want %v", n, one, want)
		}
		for _, threads := range []int{2, 5} {
			if got := Norm(x, threads); got != one {
				t.Errorf("n %d: %v with %d threads, %v with one", n, got, threads, one)
			}
		}
	}
	if n := Norm([]float32{1, float32(math.NaN()), 2}, 1); !math.IsNaN(n) {
		t.Errorf("norm with NaN is %v", n)
	}
}

// adamW64 is the algorithm in double precision.
func adamW64(p, g, m, v float64, o AdamWStep) (float64, float64, float64) {
	g *= o.GradScale
	p *= 1 - o.LR*o.WeightDecay
	m = o.Beta1*m + (1-o.Beta1)*g
	v = o.Beta2*v + (1-o.Beta2)*g*g
	mHat := m / (1 - math.Pow(o.Beta1, float64(o.Step)))
	vHat := v / (1 - math.Pow(o.Beta2, float64(o.Step)))
	return p - o.LR*mHat/(math.Sqrt(vHat)+o.Eps), m, v
}

func TestAdamW(t *testing.T) {
	const n = chunk + 333
	o := AdamWStep{LR: 1e-2, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, WeightDecay: 0.01, GradScale: 0.5}
	p, m, v := random(n, 1, 1), make([]float32, n), make([]float32, n)
	p2, m2, v2 := append([]float32(nil), p...), make([]float32, n), make([]float32, n)
	want := make([][3]float64, n)
	for i := range want {
		want[i][0] = float64(p[i])
	}
	for o.Step = 1; o.Step <= 3; o.Step++ {
		g := random(n, uint64(10+o.Step), 1e-2)
		for i := range want {
			w := &want[i]
			w[0], w[1], w[2] = adamW64(w[0], float64(g[i]), w[1], w[2], o)
		}
		g2 := append([]float32(nil), g...)
		AdamW(p, g, m, v, o, 1)
		AdamW(p2, g2, m2, v2, o, 3)
		if g[0] != 0 || g[n-1] != 0 {
			t.Fatal("the gradient is not zero after the step")
		}
	}
	for i, w := range want {
		if math.Abs(float64(p[i])-w[0]) > 2e-6 || math.Abs(float64(m[i])-w[1]) > 1e-8 || math.Abs(float64(v[i])-w[2]) > 1e-10 {
			t.Fatalf("element %d: %v %v %v, want %v", i, p[i], m[i], v[i], w)
		}
	}
	if diff := cmp.Diff([][]float32{p, m, v}, [][]float32{p2, m2, v2}); diff != "" {
		t.Error("one and three threads differ")
	}
}

func TestFusedAdamWIsTheSameStep(t *testing.T) {
	o := AdamWStep{LR: 1e-2, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, WeightDecay: 0.1, GradScale: 1, Step: 3}
	p, g, m, v := random(100, 1, 1), random(100, 2, 1e-2), random(100, 3, 1e-2), random(100, 4, 1e-2)
	for i := range v {
		v[i] *= v[i]
	}
	var got, gotM, gotV = make([]float32, 100), make([]float32, 100), make([]float32, 100)
	err := start(t).Run(NoGrad, func(s *Scope) error {
		tp, tm, tv := s.Floats(p, 100), s.Floats(m, 100), s.Floats(v, 100)
		s.FusedAdamW(tp, s.Floats(g, 100), tm, tv, o)
		s.Read(got, tp)
		s.Read(gotM, tm)
		s.Read(gotV, tv)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	AdamW(p, g, m, v, o, 1)
	close := cmpopts.EquateApprox(1e-5, 1e-7)
	if diff := cmp.Diff([][]float32{p, m, v}, [][]float32{got, gotM, gotV}, close); diff != "" {
		t.Error(diff)
	}
}

func TestDevices(t *testing.T) {
	ctx := context.Background()
	if d, err := OpenDevice(ctx, "cpu"); err != nil || !d.OnHost() || d.String() != "cpu" {
		t.Errorf("cpu: %v, %v", d, err)
	}
	for _, name := range []string{"gpu", "cuda:", "cuda:-1", "cuda:x"} {
		if _, err := OpenDevice(ctx, name); !errors.Is(err, ErrNoDevice) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	d, err := OpenDevice(ctx, "auto")
	if err != nil || !strings.Contains(d.Describe(), ": ") {
		t.Errorf("auto: %v, %v", d.Describe(), err)
	}
	t.Log("auto is", d.Describe())
	if _, err := driverDevices(); err == nil {
		t.Skip("SKIPPED: the machine has an NVIDIA driver; what happens without one is not tried")
	}
	if _, err := OpenDevice(ctx, "cuda"); !errors.Is(err, ErrNoDevice) || strings.Contains(err.Error(), "\n") {
		t.Errorf("cuda: %v", err)
	}
}

func TestCheckTorch(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(want string) {
		t.Helper()
		err := checkTorch(dir)
		if want == "" && err == nil {
			return
		}
		if !errors.Is(err, ErrNoDevice) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	expect("no version.py")
	write("version.py", "from typing import Optional\n__version__ = '2.10.1+cu130'\n")
	expect("is 2.10.1, this program needs " + Version())
	write("version.py", "__version__ = '"+Version()+"+cpu'\n")
	expect("has no CUDA")
	write("lib/libtorch_cuda.so", "not a library")
	expect("")
	t.Setenv(TorchEnv, dir)
	if got, err := FindTorch(context.Background()); got != dir || err != nil {
		t.Errorf("FindTorch: %q, %v", got, err)
	}
	if err := EnableCUDA(dir); !errors.Is(err, ErrNoDevice) || !strings.Contains(err.Error(), "libtorch_cuda.so") {
		t.Errorf("EnableCUDA of a file that is no library: %v", err)
	}
}

// A hook sees the gradient that the pass leaves, once a pass, and goes with its tensor
// (start counts).
func TestGradHook(t *testing.T) {
	thread := start(t)
	var seen []float64
	err := thread.Run(WithGrad, func(s *Scope) error {
		x, unused := s.Floats([]float32{3}, 1), s.Floats([]float32{3}, 1)
		g := s.Zeros(CPU, 1)
		s.RequireGrad(x)
		s.RequireGrad(unused)
		s.SetGrad(x, g)
		memory := s.HostFloats(g, 1)
		s.OnGrad(x, func() { seen = append(seen, float64(memory[0])) })
		s.OnGrad(unused, func() { t.Error("a leaf outside the pass was called") })
		s.Backward(s.Mul(x, x))
		s.Backward(s.Mul(s.Mul(x, x), x))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float64{6, 6 + 27}, seen); diff != "" {
		t.Error(diff)
	}
}

func TestPanicInAGradHookFailsThePass(t *testing.T) {
	thread := start(t)
	err := thread.Run(WithGrad, func(s *Scope) error {
		x := s.Floats([]float32{3}, 1)
		s.RequireGrad(x)
		s.OnGrad(x, func() { panic("oh") })
		s.Backward(s.Mul(x, x))
		return nil
	})
	if !errors.Is(err, ErrTorch) || !strings.Contains(err.Error(), "oh") {
		t.Errorf("got %v", err)
	}
}
