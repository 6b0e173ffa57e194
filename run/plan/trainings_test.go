package plan

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/config"
)

func TestTrainingsFollowTheRunFile(t *testing.T) {
	run := config.Defaults()
	teachersSeed := uint64(40)
	run.Train.Steps, run.Train.Seed = 50, 7
	run.Tasks = []config.Task{
		{Name: "sentiment", Teacher: config.Teacher{Path: "somewhere"}},
		{Name: "empathy", Target: true},
		{Name: "emotion", Teacher: config.Teacher{Epochs: 2, Batch: 4, LR: 1e-3, Seed: &teachersSeed}},
	}
	usual := Settings{Epochs: 3, Steps: 50, Batch: 32, LR: 2e-5, Warmup: 0.1, SamplingExponent: 0.75, Seed: 7, Targets: Gold}
	own := usual
	own.Epochs, own.Steps, own.Batch, own.LR, own.Seed = 2, 0, 4, 1e-3, 40
	teachers := []Training{{"teacher/empathy", []string{"empathy"}, usual}, {"teacher/emotion", []string{"emotion"}, own}}
	student := func(targets Targets, tasks ...string) Training {
		set := usual
		set.Targets = targets
		return Training{"student", tasks, set}
	}
	for method, want := range map[config.Method][]Training{
		config.Single:     {student(Gold, "empathy")},
		config.MultiTask:  {student(Gold, "sentiment", "empathy", "emotion")},
		config.Distill:    append(teachers[:2:2], student(Teachers, "sentiment", "empathy", "emotion")),
		config.DistillAnn: append(teachers[:2:2], student(Annealed, "sentiment", "empathy", "emotion")),
	} {
		run.Method = method
		if diff := cmp.Diff(want, Trainings(&run)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", method, diff)
		}
	}
}

// Trained teachers are known by a hash of this text: a change of it has all of them trained
// anew.
func TestSettingsKeepTheirJSON(t *testing.T) {
	got, err := json.Marshal(Settings{Epochs: 1, Steps: 2, Batch: 3, LR: 4, Warmup: 5, SamplingExponent: 6, Seed: 7, Targets: Gold, Before: []Length{{Until: 8}}})
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"Epochs":1,"Steps":2,"Batch":3,"LR":4,"Warmup":5,"Mix":6,"Seed":7,"Targets":"gold"}`
	if string(got) != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// Several teachers are trained with seeds one after another, in stages of their own; given ones are not trained.
func TestSeveralTeachersAreTrained(t *testing.T) {
	run := config.Defaults()
	run.Method, run.Train.Seed = config.DistillAnn, 7
	run.Tasks = []config.Task{
		{Name: "empathy", Target: true, Teacher: config.Teacher{Count: 3}},
		{Name: "emotion", Teacher: config.Teacher{Paths: config.Files{"a", "b"}}},
		{Name: "stance", Teacher: config.Teacher{Answers: "answers.csv"}},
	}
	var got []string
	for _, training := range Trainings(&run) {
		got = append(got, fmt.Sprint(training.Stage, " ", training.Settings.Seed))
	}
	want := []string{"teacher/empathy 7", "teacher2/empathy 8", "teacher3/empathy 9", "student 7"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A weight bounds the teachers' share: constant in plain distillation, where annealing begins in annealed.
func TestTeacherWeight(t *testing.T) {
	for targets, want := range map[Targets][]float64{Teachers: {0.4, 0.4, 0.4}, Annealed: {0.4, 0.7, 1}, Gold: {1, 1, 1}} {
		s := stageOf(t, []Task{{Name: "a", Size: 12}}, Settings{Epochs: 1, Batch: 4, LR: 1, Targets: targets, TeacherWeight: 0.6})
		for n, λ := range want {
			step, err := s.Step(n)
			if err != nil || math.Abs(step.Lambda-λ) > 1e-15 {
				t.Errorf("%s: λ at step %d is %v, want %v (%v)", targets, n, step.Lambda, λ, err)
			}
		}
	}
}
