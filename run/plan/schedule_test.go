package plan

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"ringmaster/config"
)

// The values in testdata are transformers' (bench/peer/schedule_reference.py).
func TestLearningRateIsTransformers(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("testdata", "schedules.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Schedule config.Schedule
		Total    int
		Warmup   float64
		Peak     float64
		Rates    []float64
	}
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) == 0 {
		t.Fatal("no values to compare with")
	}
	for _, c := range cases {
		names := []config.Schedule{c.Schedule}
		if c.Schedule == config.Linear {
			names = append(names, "")
		}
		for _, name := range names {
			for step, want := range c.Rates {
				if got := LearningRate(name, step, c.Total, c.Warmup, c.Peak); math.Abs(got-want) > 1e-12*c.Peak {
					t.Errorf("%q, warm-up of %g: rate at step %d of %d is %v, want %v", name, c.Warmup, step, c.Total, got, want)
				}
			}
		}
	}
}

// A stage has the schedule of its settings, teachers' stages too.
func TestAStageHasItsSchedule(t *testing.T) {
	run := config.Defaults()
	run.Train.Schedule = config.Cosine
	run.Method = config.DistillAnn
	run.Tasks = []config.Task{{Name: "empathy", Target: true}}
	for _, training := range Trainings(&run) {
		s := stageOf(t, []Task{{Name: "empathy", Size: 320}}, training.Settings)
		for n := range s.Steps() {
			step, err := s.Step(n)
			if err != nil {
				t.Fatal(err)
			}
			if want := LearningRate(config.Cosine, n, s.Steps(), run.Train.Warmup, run.Train.LR); step.LR != want {
				t.Errorf("%s step %d: rate %v, want %v", training.Stage, n, step.LR, want)
			}
		}
	}
}
