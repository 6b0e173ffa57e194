package report

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"ringmaster/config"
	"ringmaster/model/hub"
	"ringmaster/reproduce/experiments"
	"ringmaster/run/directory"
)

// differences are a run's encoder, or vectors, and its corpora; on a page of one of the paper's
// tables with what sets them apart from the paper's.
func (p *Page) differences(l directory.Layout, run *config.Run) []string {
	var all []string
	if run.Model.Arch != "" {
		all = append(all, p.vectors(run.Model))
	} else {
		all = append(all, p.encoder(run))
	}
	if run.Train.Precision == config.BFloat16 {
		all = append(all, "Precision: the encoder's matrix products are computed in bfloat16 while it learns, in float32 when it is scored.")
	}
	planned, err := l.ReadPlan()
	sizes := map[string]int{}
	for _, t := range planned.Tasks {
		sizes[t.Name] = len(t.Rows)
	}
	for _, t := range run.StudentTasks() {
		rows := ""
		if err == nil {
			rows = fmt.Sprintf(" %d training rows", sizes[t.Name])
			if t.Data.Limit > 0 && sizes[t.Name] == t.Data.Limit {
				rows += ", cut to that number"
			}
		}
		all = append(all, p.task(t, rows))
	}
	if t, ok := run.Target(); ok && run.Adapts() {
		all = append(all, p.task(t, " its test rows alone"))
	}
	return all
}

func (p *Page) encoder(run *config.Run) string {
	name := filepath.Base(run.Model.Base)
	what := ""
	if dir, err := hub.Resolve(run.Model.Base, run.BaseDir); err == nil {
		what = sizeOf(dir)
	}
	if !p.Reproduces {
		return fmt.Sprintf("Encoder: %s%s.", name, what)
	}
	if strings.Contains(strings.ToLower(name), "bert-base") {
		return fmt.Sprintf("Encoder: %s%s. The paper's is BERT.", name, what)
	}
	return fmt.Sprintf("Encoder: %s%s, where the paper has BERT. Scores of another encoder cannot be set against its tables.", name, what)
}

// sizeOf is an encoder's size, as its config.json has it; empty where it does not say.
func sizeOf(dir string) string {
	var c struct {
		Layers int `json:"num_hidden_layers"`
		Width  int `json:"hidden_size"`
	}
	raw, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil || json.Unmarshal(raw, &c) != nil || c.Layers == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d layers of width %d)", c.Layers, c.Width)
}

func (p *Page) task(t config.Task, rows string) string {
	names := fileNames(t.Data)
	synthetic := false
	for _, name := range names {
		synthetic = synthetic || strings.Contains(filepath.Base(name), "synthetic")
	}
	text := fmt.Sprintf("%s: %s;%s, %d classes; %s.", t.Name, strings.Join(names, ", "), rows, len(t.Data.Labels.Classes()), divided(t.Data))
	switch {
	case synthetic:
		text += " The texts are synthetic: a program wrote them, and scores on them say nothing about real ones."
	case p.Reproduces && t.Name == experiments.Emotion:
		text += " The paper's emotion corpus is EmoNet, which was never released."
	}
	return text
}

// divided says how a corpus's rows came into their parts: what a test score means depends on it.
func divided(d config.Data) string {
	how := "at random"
	switch {
	case d.Split.Group != "":
		how = "so that rows of one " + d.Split.Group + " stay together"
	case d.Split.Contained:
		how = "so that texts stay with those that they stand inside"
	}
	if len(d.Path) > 0 {
		return "divided " + how
	}
	var carved []string
	if len(d.Valid) == 0 && d.Split.Valid > 0 {
		carved = append(carved, "validation")
	}
	if len(d.Test) == 0 && d.Split.Test > 0 {
		carved = append(carved, "test")
	}
	if carved == nil {
		return "divided as its files are"
	}
	return fmt.Sprintf("its %s rows carved from the training files %s", strings.Join(carved, " and "), how)
}

// fileNames are a corpus's files, each with its folder.
func fileNames(d config.Data) []string {
	files := append(append(append([]string{}, d.Path...), d.Train...), d.Test...)
	for i, f := range files {
		files[i] = filepath.Join(filepath.Base(filepath.Dir(f)), filepath.Base(f))
	}
	return files
}

func (p *Page) vectors(m config.Model) string {
	from, paper := filepath.Base(m.Vectors), ""
	if m.TrainsVectors() {
		from = "trained by this program on the declared corpora"
	}
	if p.Reproduces {
		paper = ", where the paper has GloVe's of 100 dimensions"
	}
	return fmt.Sprintf("Word vectors: %s%s.", from, paper)
}
