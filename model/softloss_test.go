package model

import (
	"math"
	"testing"

	"ringmaster/model/softmax"
	"ringmaster/model/torch"
)

// The losses and gradients are PyTorch's in float64 (bench/peer/distill_reference.py).
func TestSoftLoss(t *testing.T) {
	var cases []struct {
		Classes     int
		Lambda      float64
		Temperature float64
		Standardize bool
		Gold        []int
		Student     [][]float32
		Teacher     [][]float32
		Loss        float64
		Gradient    [][]float64
	}
	readJSON(t, "distill.json", &cases)
	if len(cases) == 0 {
		t.Fatal("no cases")
	}
	m := open(t, tinySpec())
	for _, c := range cases {
		target := LossTarget{Lambda: c.Lambda, UseGold: true, UseTeacher: true, Soft: Softening{Temperature: c.Temperature, Standardize: c.Standardize}}
		var b batch
		var rows []int64
		var flat []float32
		for i := range c.Student {
			teacher := c.Teacher[i]
			if c.Standardize && c.Classes > 2 {
				teacher = softmax.Standardized(teacher)
			}
			b.examples = append(b.examples, Example{Class: c.Gold[i], Teacher: teacher})
			rows = append(rows, int64(i))
			flat = append(flat, c.Student[i]...)
		}
		var loss float64
		got := make([]float32, len(flat))
		err := m.thread.Run(torch.WithGrad, func(s *torch.Scope) error {
			z := s.Floats(flat, int64(len(rows)), int64(c.Classes))
			s.RequireGrad(z)
			sum := m.softLoss(s, z, b, rows, Task{Classes: c.Classes}, target)
			loss = s.Item(sum)
			s.Backward(sum)
			s.Read(got, s.Grad(z))
			return s.Err()
		})
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(loss-c.Loss) > 2e-5*(1+c.Loss) {
			t.Errorf("%d classes, λ %v, T %v, standardised %v: loss %v, want %v", c.Classes, c.Lambda, c.Temperature, c.Standardize, loss, c.Loss)
		}
		for i, g := range got {
			if want := c.Gradient[i/c.Classes][i%c.Classes]; math.Abs(float64(g)-want) > 2e-4*(1+math.Abs(want)) {
				t.Errorf("%d classes, λ %v, T %v, standardised %v: gradient %d is %v, want %v", c.Classes, c.Lambda, c.Temperature, c.Standardize, i, g, want)
			}
		}
	}
}

// A temperature of 1 takes the plain loss, to the bit.
func TestATemperatureOfOneIsThePlainLoss(t *testing.T) {
	m := open(t, tinySpec())
	examples := examplesOf(tinyReference(t).Batches[0])
	plain := LossTarget{Lambda: 0.3, UseGold: true, UseTeacher: true}
	want := append([]float32(nil), gradientOf(t, m, examples, plain, 4, 0)...)
	one := plain
	one.Soft.Temperature = 1
	if err := m.ZeroGradient(); err != nil {
		t.Fatal(err)
	}
	for i, g := range gradientOf(t, m, examples, one, 4, 0) {
		if g != want[i] {
			t.Fatalf("element %d: %v, want %v", i, g, want[i])
		}
	}
}
