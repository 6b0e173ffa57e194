package plan

import (
	"encoding/json"
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
