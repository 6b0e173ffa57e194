package model

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ringmaster/config"
	"ringmaster/kinds"
	"ringmaster/model/torch"
)

// The losses and gradients of PyTorch on random logits (bench/peer/kinds_reference.py), for all kinds, with
// teachers, weights and label smoothing.
func TestLossOfEachKindIsPyTorchs(t *testing.T) {
	var cases []struct {
		Name     string
		Kind     config.Kind
		Settings kinds.Settings
		Lambda   float64
		Outputs  int
		Logits   []float32
		Examples []struct {
			Class   int
			Set     []int32
			Value   float64
			Teacher []float32
		}
		Loss     float64
		Gradient []float64
	}
	text, err := os.ReadFile("testdata/kinds.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 12 {
		t.Fatalf("only %d cases", len(cases))
	}
	thread, err := torch.Start(1)
	if err != nil {
		t.Fatal(err)
	}
	defer thread.Close()
	for _, c := range cases {
		task := Task{Name: "a", Classes: c.Outputs, Kind: c.Kind, Settings: c.Settings}
		b := batch{}
		var rows []int64
		for i, e := range c.Examples {
			rows = append(rows, int64(i))
			b.examples = append(b.examples, Example{Class: e.Class, Set: e.Set, Value: e.Value, Teacher: e.Teacher})
		}
		m := &Model{tasks: []Task{task}, device: torch.CPU}
		target := LossTarget{Lambda: c.Lambda, UseGold: true, UseTeacher: true}
		if err := m.checkTargets(b.examples, target); err != nil {
			t.Fatal(c.Name, err)
		}
		var loss float64
		gradient := make([]float32, len(c.Logits))
		err := thread.Run(torch.WithGrad, func(s *torch.Scope) error {
			z := s.Floats(c.Logits, int64(len(rows)), int64(c.Outputs))
			s.RequireGrad(z)
			sum := lossOf(s, task.kind().Loss(task.Classes), z, m.targets(s, b, rows, task, target))
			loss = s.Item(sum)
			s.Backward(sum)
			s.Read(gradient, s.Grad(z))
			return nil
		})
		if err != nil {
			t.Fatal(c.Name, err)
		}
		got := make([]float64, len(gradient))
		for i, g := range gradient {
			got[i] = float64(g)
		}
		if diff := cmp.Diff(c.Gradient, got, cmpopts.EquateApprox(2e-6, 2e-6)); diff != "" || math.Abs(loss-c.Loss) > 2e-6*math.Max(1, c.Loss) {
			t.Errorf("%s: loss %v, PyTorch's %v; gradient (-PyTorch +here): %s", c.Name, loss, c.Loss, diff)
		}
	}
}

// A gold answer that does not fit its task is refused, and no other.
func TestGoldOfEachKindIsChecked(t *testing.T) {
	for _, c := range []struct {
		kind config.Kind
		e    Example
		fits bool
	}{
		{config.KindClasses, Example{Class: 1}, true},
		{config.KindClasses, Example{Class: 2}, false},
		{config.KindOrdered, Example{Class: -1}, false},
		{config.KindLabels, Example{}, true},
		{config.KindLabels, Example{Set: []int32{0, 1}}, true},
		{config.KindLabels, Example{Set: []int32{1, 0}}, false},
		{config.KindLabels, Example{Set: []int32{2}}, false},
		{config.KindValue, Example{Value: -3.5}, true},
		{config.KindValue, Example{Value: math.Inf(1)}, false},
	} {
		m := &Model{tasks: []Task{{Name: "a", Classes: 2, Kind: c.kind}}}
		if err := m.checkTargets([]Example{c.e}, LossTarget{UseGold: true}); (err == nil) != c.fits {
			t.Errorf("%s, %+v: %v", c.kind, c.e, err)
		}
	}
}
