package job

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/datatest"
	"ringmaster/data/tokens"
	"ringmaster/run/plan"
)

// A teacher that learnt in another precision is another teacher, and is not taken for it.
func TestATeachersKeyKnowsItsPrecision(t *testing.T) {
	key := func(p config.Precision) string {
		run := config.Defaults()
		run.Train.Precision = p
		j := &Job{Run: &run, Tokenizer: &tokens.Tokenizer{}}
		k, err := j.TeacherKey(&Task{Corpus: &data.Corpus{}}, plan.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	full, again, half := key(config.Float32), key(config.Float32), key(config.BFloat16)
	if full != again || full == half {
		t.Error("the key of a teacher does not follow its precision")
	}
}

// Rows that are kept together make other parts: another teacher, and another cell of a table.
func TestKeysKnowHowRowsAreGrouped(t *testing.T) {
	file := "text,label,article\n"
	for i := range 60 {
		file += fmt.Sprintf("text %d,%d,%d\n", i, i%2, i/6)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "f.csv"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	run := config.Defaults()
	keys := func(group string) [2]string {
		d := config.Data{
			Path: config.Files{"f.csv"}, Format: config.CSV, Text: "text", Label: "label", Labels: config.Labels{{From: "0", To: "no"}, {From: "1", To: "yes"}},
			Split: config.Split{Train: 0.8, Valid: 0.1, Test: 0.1, Seed: 13, Group: group},
		}
		corpus, err := data.Load(context.Background(), dir, config.Task{Name: "task", Data: d})
		if err != nil {
			t.Fatal(err)
		}
		job := &Job{Run: &run, Tokenizer: &tokens.Tokenizer{}, Tasks: []*Task{{Corpus: corpus}}}
		teacher, err := job.TeacherKey(job.Tasks[0], plan.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		cell, err := job.Identity()
		if err != nil {
			t.Fatal(err)
		}
		return [2]string{teacher, cell}
	}
	singly, together := keys(""), keys("article")
	if keys("article") != together || singly[0] == together[0] || singly[1] == together[1] {
		t.Errorf("keys %v without groups, %v with", singly, together)
	}
}

// Everything that a trained teacher depends on makes another key.
func TestATeachersKeyKnowsAllItDependsOn(t *testing.T) {
	type parts struct {
		job  Job
		run  config.Run
		task Task
		set  plan.Settings
	}
	key := func(change func(p *parts)) string {
		p := parts{
			job: Job{BaseHash: "base", Tokenizer: &tokens.Tokenizer{}}, run: config.Defaults(),
			task: Task{Corpus: &data.Corpus{Classes: []string{"a", "b"}, Train: datatest.Part(t, data.Example{Row: 1, Text: "x"})}},
			set:  plan.Settings{Epochs: 3, Batch: 8, LR: 1e-3, Seed: 1},
		}
		change(&p)
		p.job.Run = &p.run
		k, err := p.job.TeacherKey(&p.task, p.set)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	dropout := 0.3
	seen := map[string]string{key(func(*parts) {}): "nothing"}
	for what, change := range map[string]func(p *parts){
		"the base":         func(p *parts) { p.job.BaseHash = "other" },
		"a text":           func(p *parts) { p.task.Corpus.Train = datatest.Part(t, data.Example{Row: 1, Text: "y"}) },
		"a class":          func(p *parts) { p.task.Corpus.Train = datatest.Part(t, data.Example{Row: 1, Text: "x", Class: 1}) },
		"the classes":      func(p *parts) { p.task.Corpus.Classes[1] = "c" },
		"the length":       func(p *parts) { p.run.Train.MaxLength++ },
		"the weight decay": func(p *parts) { p.run.Train.WeightDecay *= 2 },
		"the bound":        func(p *parts) { p.run.Train.ClipNorm *= 2 },
		"the precision":    func(p *parts) { p.run.Train.Precision = config.BFloat16 },
		"dropout":          func(p *parts) { p.run.Model.Dropout = &dropout },
		"the epochs":       func(p *parts) { p.set.Epochs++ },
		"the batch":        func(p *parts) { p.set.Batch++ },
		"the rate":         func(p *parts) { p.set.LR *= 2 },
		"the seed":         func(p *parts) { p.set.Seed++ },
	} {
		k := key(change)
		if before, known := seen[k]; known {
			t.Errorf("another key is wanted for %s, and it is that of %s", what, before)
		}
		seen[k] = what
	}
}

// Every key of train that a trained teacher depends on is in its key: a new one has to be decided about here.
func TestATeachersKeyKnowsEveryKeyOfTrain(t *testing.T) {
	otherwise := map[string]string{
		"Epochs": "its own, in plan.Settings", "Steps": "plan.Settings", "Batch": "its own, in plan.Settings", "LR": "its own, in plan.Settings",
		"Warmup": "plan.Settings", "Schedule": "plan.Settings", "Seed": "its own, in plan.Settings", "SamplingExponent": "plan.Settings",
		"LabelSmoothing": "kinds.Settings", "MicroBatch": "the same sums", "GradientCheckpointing": "the same results",
		"MaxSkipped": "it ends a run", "MaxSkippedInARow": "it ends a run", "Keep": "of a student",
	}
	texts := map[string]string{"NotFinite": "skip", "Precision": "bfloat16", "Freeze": "embeddings"}
	key := func(change func(run *config.Run)) string {
		run := config.Defaults()
		change(&run)
		k, err := (&Job{Run: &run, Tokenizer: &tokens.Tokenizer{}}).TeacherKey(&Task{Corpus: &data.Corpus{}}, plan.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	before := key(func(*config.Run) {})
	of := reflect.TypeFor[config.Train]()
	for i := range of.NumField() {
		name := of.Field(i).Name
		if otherwise[name] != "" {
			continue
		}
		after := key(func(run *config.Run) {
			switch field := reflect.ValueOf(&run.Train).Elem().Field(i); field.Kind() {
			case reflect.Float64:
				field.SetFloat(field.Float()/2 + 0.25)
			case reflect.Int:
				field.SetInt(field.Int() + 1)
			case reflect.String:
				field.SetString(texts[name])
			default:
				run.Train.LoRA = config.LoRA{Rank: 4}
			}
		})
		if after == before {
			t.Errorf("a teacher trained with another %s has the same key", name)
		}
	}
	if lora := func(alpha float64) string {
		return key(func(run *config.Run) { run.Train.LoRA = config.LoRA{Rank: 4, Alpha: alpha} })
	}; lora(8) == lora(16) || lora(8) != lora(0) {
		t.Error("the key does not follow what LoRA's updates are multiplied by")
	}
	if key(func(run *config.Run) { run.Cluster.GradientDtype = "int8" }) == before {
		t.Error("a teacher whose gradients were rounded has the same key")
	}
}
