package plan

import (
	"strconv"

	"ringmaster/config"
)

// StudentStage is the name of the stage whose model a run is for; of a pretraining,
// PretrainStage is.
const (
	StudentStage  = "student"
	PretrainStage = "pretrain"
)

// ChooseStage is the stage that chooses which of the student's states is delivered.
const ChooseStage = "choose"

// Final says whether a stage's model is what the run is for.
func Final(stage string) bool { return stage == StudentStage || stage == PretrainStage }

// TeacherStage is the name of the stage that trains a task's teacher.
func TeacherStage(task string) string { return NthTeacherStage(task, 0) }

// NthTeacherStage is TeacherStage for one of several teachers, counted from 0: teacher/empathy, teacher2/empathy.
func NthTeacherStage(task string, n int) string { return nth("teacher", n) + "/" + task }

// LogitsStage is the name of the stage that asks one of a task's teachers.
func LogitsStage(task string, n int) string { return nth("logits", n) + "/" + task }

func nth(what string, n int) string {
	if n == 0 {
		return what
	}
	return what + strconv.Itoa(n+1)
}

// MaskedTask is the one task of a pretraining: its training rows are the packed sequences of
// all corpora, numbered from 0.
const MaskedTask = "mlm"

// MaskedCorpora is that task, with the cleaning that all corpora share.
func MaskedCorpora(run *config.Run) config.Task {
	clean, _ := run.PretrainClean()
	return config.Task{Name: MaskedTask, Target: true, Data: config.Data{Clean: clean}}
}

// Training is a training stage as the run file has it; with its tasks' sizes it is a
// Stage.
type Training struct {
	Stage    string   // its name in logs: teacher/empathy, student
	Tasks    []string // in the run file's order
	Settings Settings
}

// Trainings are the training stages of a run, in the order in which it goes through
// them: a teacher for each task that needs one and is not given any, then the student.
func Trainings(run *config.Run) []Training { return TrainingsAfter(run, nil) }

// TrainingsAfter are the trainings of a run that had other lengths before. They are those of its
// last training; teachers keep the length that they were begun with.
func TrainingsAfter(run *config.Run, before []Length) []Training {
	if run.Method == config.MaskedLM {
		return []Training{Pretrain(run).After(before)}
	}
	var all []Training
	for _, t := range run.StudentTasks() {
		if !run.Method.NeedsTeachers() {
			continue
		}
		for n := range t.Teacher.Trained() {
			all = append(all, TrainTeacher(AsBegun(run, before), t, n))
		}
	}
	return append(all, TrainStudent(run).After(before))
}

// After is the training with the lengths that it had before.
func (t Training) After(before []Length) Training {
	t.Settings.Before = before
	return t
}

// AsBegun is the run with the length that it was begun with.
func AsBegun(run *config.Run, before []Length) *config.Run {
	if len(before) == 0 {
		return run
	}
	begun := *run
	begun.Train.Epochs, begun.Train.Steps = before[0].Epochs, before[0].Steps
	return &begun
}

// Pretrain is how the encoder is pretrained.
func Pretrain(run *config.Run) Training {
	return Training{Stage: PretrainStage, Tasks: []string{MaskedTask}, Settings: settings(run, Gold)}
}

// TrainStudent is how the student is trained.
func TrainStudent(run *config.Run) Training {
	t := Training{Stage: StudentStage, Settings: settings(run, targetsFor(run.Method))}
	if run.Method.NeedsTeachers() {
		t.Settings.TeacherWeight = run.Distill.TeacherWeight
	}
	for _, task := range run.StudentTasks() {
		t.Tasks = append(t.Tasks, task.Name)
	}
	return t
}

// TrainTeacher is how the n-th of a task's own teachers is trained, from 0: as the run says, except where
// the task says otherwise. Several differ in their seeds.
func TrainTeacher(run *config.Run, task config.Task, n int) Training {
	set := settings(run, Gold)
	if task.Teacher.Epochs > 0 {
		set.Epochs, set.Steps = task.Teacher.Epochs, 0
	}
	if task.Teacher.Batch > 0 {
		set.Batch = task.Teacher.Batch
	}
	if task.Teacher.LR > 0 {
		set.LR = task.Teacher.LR
	}
	if task.Teacher.Seed != nil {
		set.Seed = *task.Teacher.Seed
	}
	set.Seed += uint64(n)
	return Training{Stage: NthTeacherStage(task.Name, n), Tasks: []string{task.Name}, Settings: set}
}

func settings(run *config.Run, targets Targets) Settings {
	t := run.Train
	return Settings{
		Epochs: t.Epochs, Steps: t.Steps, Batch: t.Batch, LR: t.LR, Warmup: t.Warmup, Schedule: t.Schedule,
		SamplingExponent: t.SamplingExponent, Seed: t.Seed, Targets: targets,
	}
}

func targetsFor(m config.Method) Targets {
	switch m {
	case config.Distill:
		return Teachers
	case config.DistillAnn:
		return Annealed
	default:
		return Gold
	}
}
