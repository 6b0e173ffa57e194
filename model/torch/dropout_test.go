package torch

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// dropped is Dropout of ones, with the seed given, on so many threads.
func dropped(t *testing.T, thread *Thread, seed uint64, p float64, shape ...int64) []float32 {
	t.Helper()
	n := int64(1)
	for _, size := range shape {
		n *= size
	}
	ones, got := make([]float32, n), make([]float32, n)
	for i := range ones {
		ones[i] = 1
	}
	err := thread.Run(NoGrad, func(s *Scope) error {
		return Seeded(CPU, seed, func() error {
			s.Read(got, s.Dropout(s.Floats(ones, shape...), p))
			return s.Err()
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// The share that is dropped is the one asked for, in rows, columns and diagonals of any step, and from
// one mask to the next; what stays keeps the mean. The bounds are 5 standard deviations.
func TestDropoutDropsByChance(t *testing.T) {
	thread := start(t)
	const n = 1 << 20
	for _, p := range []float64{0.1, 0.5, 0.9} {
		one, two := dropped(t, thread, 1, p, n), dropped(t, thread, 2, p, n)
		scale := float32(1 / (1 - p))
		isDropped := func(x float32) float64 {
			switch x {
			case 0:
				return 1
			case scale:
				return 0
			}
			t.Fatalf("an element is %g, want 0 or %g", x, scale)
			return 0
		}
		share := func(what string, want float64, each func(i int) float64, count int) {
			t.Helper()
			sum := 0.0
			for i := range count {
				sum += each(i)
			}
			if got, bound := sum/float64(count), 5*math.Sqrt(want*(1-want)/float64(count)); math.Abs(got-want) > bound {
				t.Errorf("p %g, %s: %g, want %g ± %g", p, what, got, want, bound)
			}
		}
		share("all", p, func(i int) float64 { return isDropped(one[i]) }, n)
		share("the same in two masks", p*p, func(i int) float64 { return isDropped(one[i]) * isDropped(two[i]) }, n)
		for _, step := range []int{1, 2, 3, 64, 384, 1536, 1 << 16} {
			share("pairs", p*p, func(i int) float64 { return isDropped(one[i]) * isDropped(one[i+step]) }, n-step)
			share("every so manieth", p, func(i int) float64 { return isDropped(one[i*step]) }, n/step)
		}
	}
}

// A mask follows from the seed, however many threads make it.
func TestDropoutDoesNotDependOnThreads(t *testing.T) {
	one := start(t)
	want := dropped(t, one, 7, 0.1, 300, 1001)
	several, err := Start(3)
	if err != nil {
		t.Fatal(err)
	}
	defer several.Close()
	if cmp.Diff(want, dropped(t, several, 7, 0.1, 300, 1001)) != "" {
		t.Error("three threads make another mask")
	}
}

// Attention with dropout is softmax(q·kᵀ/√d + mask)·mask·v, in float64, and its gradient that of it.
func TestAttentionWithDropout(t *testing.T) {
	thread := start(t)
	const b, a, l, d, p = 2, 3, 5, 4, 0.3
	q, k, v := random(b*a*l*d, 1, 1), random(b*a*l*d, 2, 1), random(b*a*l*d, 3, 1)
	keys := []bool{true, true, true, true, true, true, true, true, false, false} // the second text has three tokens
	drop := dropped(t, thread, 11, p, b, a, l, l)
	attend := func(q []float64) (out []float64, sum float64) {
		out = make([]float64, b*a*l*d)
		for n := range b * a {
			for i := range l {
				weights, total := [l]float64{}, 0.0
				for j := range l {
					dot := 0.0
					for x := range d {
						dot += q[(n*l+i)*d+x] * float64(k[(n*l+j)*d+x])
					}
					if keys[n/a*l+j] {
						weights[j] = math.Exp(dot / math.Sqrt(d))
						total += weights[j]
					}
				}
				for x := range d {
					for j := range l {
						out[(n*l+i)*d+x] += weights[j] / total * float64(drop[(n*l+i)*l+j]) * float64(v[(n*l+j)*d+x])
					}
					sum += out[(n*l+i)*d+x]
				}
			}
		}
		return out, sum
	}
	exact := make([]float64, len(q))
	for i, x := range q {
		exact[i] = float64(x)
	}
	want, _ := attend(exact)
	got, gradient := make([]float32, len(q)), make([]float32, len(q))
	err := thread.Run(WithGrad, func(s *Scope) error {
		return Seeded(CPU, 11, func() error {
			qs := s.Floats(q, b, a, l, d)
			s.RequireGrad(qs)
			mask := s.Bools(keys, b, 1, 1, l)
			out := s.Attention(qs, s.Floats(k, b, a, l, d), s.Floats(v, b, a, l, d), mask, p)
			s.Backward(s.Sum(out))
			s.Read(got, out)
			s.Read(gradient, s.Grad(qs))
			return s.Err()
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	const step = 1e-5
	for i := range got {
		if math.Abs(float64(got[i])-want[i]) > 1e-6 {
			t.Fatalf("element %d is %g, want %g", i, got[i], want[i])
		}
		exact[i] += step
		_, up := attend(exact)
		exact[i] -= 2 * step
		_, down := attend(exact)
		exact[i] += step
		if slope := (up - down) / (2 * step); math.Abs(float64(gradient[i])-slope) > 1e-5 {
			t.Fatalf("the gradient of element %d is %g, want %g", i, gradient[i], slope)
		}
	}
}
