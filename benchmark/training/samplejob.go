package training

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
)

// writeJob writes the job that is measured without a run file: three tasks in the proportions of
// examples/sample.yaml, of random words in texts as long as messages are.
func (b *bench) writeJob() error {
	folder, _, err := shapeOf(b.Model, ".")
	if err != nil {
		return err
	}
	random, from := rand.New(rand.NewPCG(5, 0)), words(folder)
	var tasks []document
	for _, t := range []struct {
		name          string
		rows, classes int
	}{{"empathy", 480, 2}, {"sentiment", 480, 2}, {"emotion", 480, 8}} {
		path := filepath.Join(b.dir, t.name+".tsv")
		if err := writeLabelled(path, random, from, t.rows, t.classes, func() int { return messageLength(random) }); err != nil {
			return err
		}
		labels := document{}
		for class := range t.classes {
			name := fmt.Sprintf("c%d", class)
			labels[name] = name
		}
		tasks = append(tasks, document{"name": t.name, "target": t.name == "empathy", "data": document{
			"path": path, "format": "tsv", "text": "text", "label": "label", "labels": labels,
			"split": document{"train": 0.8, "valid": 0.1, "test": 0.1, "seed": 13},
		}})
	}
	return writeRunFile(filepath.Join(b.dir, "job.yaml"), document{
		"model": document{"base": folder}, "method": "kd-annealed", "tasks": tasks,
		"train": document{"epochs": 1, "batch": 32, "max_length": 48, "seed": 1},
	})
}
