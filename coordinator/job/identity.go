package job

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/kinds"
	"ringmaster/model/weights"
)

// Identity is a hash over all that a finished run's scores depend on: weights, texts,
// classes, method, numbers, and how gradients travel. Where the files lie, who took part
// and over which servers is not in it. Jobs of one identity need to be run once.
func (j *Job) Identity() (string, error) {
	type task struct {
		Name               string
		Target             bool
		Classes            []string
		Positive           string
		Kind               config.Kind     `json:",omitempty"`
		Settings           kinds.Settings  `json:",omitzero"`
		Sampling           config.Sampling `json:",omitempty"`
		Loss               config.Loss     `json:",omitempty"`
		Train, Valid, Test string
		Teacher            config.Teacher
		Given              string
		Kept               *weights.Match `json:",omitempty"`
	}
	run := *j.Run
	run.Model.Base, run.BaseDir = "", "" // BaseHash says it better
	parts := []any{"cell 2", j.BaseHash, run.Model, run.Method, run.Train, run.Cluster.GradientDtype}
	if run.Train.Keep == config.KeepBest { // which states there are to choose from
		parts = append(parts, run.Checkpoint.Every)
	}
	if run.Method.NeedsTeachers() && run.Distill != (config.Distillation{}) {
		parts = append(parts, "distill", run.Distill)
	}
	if run.EarlyStop.Patience > 0 {
		parts = append(parts, run.EarlyStop)
	}
	if j.Tokenizer != nil {
		parts = append(parts, j.Tokenizer.Hash())
	}
	if j.Masked != nil {
		masked, err := j.maskedParts()
		if err != nil {
			return "", err
		}
		parts = append(parts, masked...)
	}
	if t := j.AdaptTarget; t != nil {
		test, err := data.Hash(t.Corpus.Test)
		if err != nil {
			return "", err
		}
		parts = append(parts, task{Name: t.Name, Classes: t.Corpus.Classes, Positive: t.Positive(), Kind: t.Kind, Test: test})
	}
	for _, t := range j.Tasks {
		in := task{
			Name: t.Name, Target: t.Target, Classes: t.Corpus.Classes, Positive: t.Positive(), Kind: t.Kind, Settings: t.Settings, Sampling: t.Sampling, Loss: t.Loss, Teacher: t.Teacher, Kept: t.Kept,
		}
		for _, part := range []struct {
			hash *string
			of   data.Part
		}{{&in.Train, t.Corpus.Train}, {&in.Valid, t.Corpus.Valid}, {&in.Test, t.Corpus.Test}} {
			var err error
			if *part.hash, err = data.Hash(part.of); err != nil {
				return "", err
			}
		}
		if !run.Method.NeedsTeachers() {
			in.Teacher = config.Teacher{}
		}
		in.Teacher.Path, in.Teacher.Paths, in.Teacher.Answers = "", nil, ""
		var others []string // beside the first
		for i, teacher := range t.Teachers {
			hash, err := teacher.hash()
			switch {
			case err != nil:
				return "", err
			case i == 0:
				in.Given = hash
			case hash != "": // those that are trained follow from the rest
				others = append(others, hash)
			}
		}
		parts = append(parts, in)
		if len(others) > 0 {
			parts = append(parts, "teachers", others)
		}
	}
	text, err := json.Marshal(parts)
	if err != nil {
		return "", fmt.Errorf("identity of a job: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8]), nil
}

// maskedParts are what a pretraining depends on: its packed sequences, and those held out.
func (j *Job) maskedParts() ([]any, error) {
	train, err := hashRows(j.Tasks[0].Train)
	if err != nil {
		return nil, err
	}
	parts := []any{"masked", train}
	if j.Masked.Vocabulary.Words != nil {
		parts = append(parts, "whole words")
	}
	for _, h := range j.Masked.HeldOut {
		parts = append(parts, h.Corpus)
		for _, rows := range []Rows{h.Valid, h.Test} {
			hash, err := hashRows(rows)
			if err != nil {
				return nil, err
			}
			parts = append(parts, hash)
		}
	}
	return parts, nil
}

// hashRows is a hash over token ids, row by row.
func hashRows(rows Rows) (string, error) {
	h := sha256.New()
	var b []byte
	for i := range rows.Len() {
		r, err := rows.At(i)
		if err != nil {
			return "", err
		}
		b = binary.LittleEndian.AppendUint32(b[:0], uint32(len(r.IDs)))
		for _, id := range r.IDs {
			b = binary.LittleEndian.AppendUint32(b, uint32(id))
		}
		h.Write(b) // a hash never fails
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// With is the job under a run file that differs from its own in numbers and teachers'
// settings alone: corpora, tokens and weights are shared. Other tasks are an error.
func (j *Job) With(run *config.Run) (*Job, error) {
	other := *j
	other.Run, other.Tasks = run, nil
	if j.AdaptTarget != nil {
		adaptTarget := *j.AdaptTarget
		target, ok := run.Target()
		if !ok || !run.Adapts() || target.Name != adaptTarget.Name {
			return nil, fmt.Errorf("a job that is scored on task %s cannot be made from one that is not", adaptTarget.Name)
		}
		adaptTarget.Task, other.AdaptTarget = target, &adaptTarget
	}
	tasks := run.StudentTasks()
	if len(tasks) != len(j.Tasks) {
		return nil, fmt.Errorf("a job of %d tasks cannot be one of %d", len(j.Tasks), len(tasks))
	}
	for i, t := range tasks {
		shared := *j.Tasks[i]
		if shared.Name != t.Name || !sameTeachers(shared.Teacher, t.Teacher) {
			return nil, fmt.Errorf("a job with task %s cannot be one with task %s", shared.Name, t.Name)
		}
		shared.Task = t
		shared.setSettings(run.Train.LabelSmoothing)
		other.Tasks = append(other.Tasks, &shared)
	}
	if err := other.checkTrained(func(string, ...any) {}); err != nil {
		return nil, Refused(err)
	}
	return &other, nil
}

// sameTeachers says whether two tasks are given the same teachers.
func sameTeachers(a, b config.Teacher) bool {
	return slices.Equal(a.Folders(), b.Folders()) && a.Answers == b.Answers && a.Unanswered == b.Unanswered && a.Trained() == b.Trained()
}
