package config_test

import (
	"fmt"
	"os"
	"path/filepath"

	"ringmaster/config"
)

// A run file, and two values set over it.
func ExampleLoad() {
	dir, err := os.MkdirTemp("", "config")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	for name, text := range map[string]string{
		"messages.csv": "essay,empathy\nI feel for her,1\nNothing new,0\n",
		"run.yaml": `model: {arch: cnn}
method: single
tasks:
  - name: empathy
    target: true
    data: {path: messages.csv, format: csv, text: essay, label: empathy, labels: {"0": none, "1": empathy}}
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			fmt.Println(err)
			return
		}
	}
	run, err := config.Load(filepath.Join(dir, "run.yaml"), config.LoadOptions{
		Set:   []string{"train.lr=3e-5"},
		Flags: map[string]string{"cluster.workers": "2"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(run.Method, run.Train.LR, run.Cluster.Workers, run.Tasks[0].Data.Labels.Classes())
	// Output: single 3e-05 2 [none empathy]
}
