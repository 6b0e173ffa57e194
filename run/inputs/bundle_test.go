package inputs_test

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ringmaster/config"
	"ringmaster/run/inputs"
	"ringmaster/run/transfer"
)

// home is a person's machine with a run file and all that it may name.
func home(t *testing.T) *config.Run {
	t.Helper()
	dir := t.TempDir()
	put := func(name, text string) {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("bert/config.json", "{}")
	put("bert/model.safetensors", "weights")
	put("a/train.csv", "text,y\nx,0\n")
	put("b/train.csv", "text,y\nz,1\n")
	put("names.txt", "none\nempathy\n")
	put("run.yaml", `model: {base: ./bert}
method: kd
cluster: {token: a-secret}
tasks:
  - name: empathy
    target: true
    teacher: {path: ./bert}
    data: {path: [a/train.csv, b/train.csv, "s3://corpora/more.csv"], format: csv, text: text, label: y, label_names: names.txt, labels: {none: none, empathy: empathy}}
  - name: other
    teacher: {path: "s3://teachers/other"}
    data: {path: `+filepath.Join(dir, "a", "train.csv")+`, format: csv, text: text, label: y, labels: {"0": none, "1": empathy}}
`)
	run, err := config.Load(filepath.Join(dir, "run.yaml"), config.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// What a run file names arrives under the names of the run file that goes with it; a file that is
// named twice is sent once, and what is in a bucket stays there.
func TestABundleFitsItsRunFile(t *testing.T) {
	bundle, err := inputs.Of(home(t))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range bundle.Files() {
		names = append(names, f.Name)
	}
	for _, want := range []string{"model/config.json", "model/model.safetensors", "data/empathy/train.csv", "data/empathy/2/train.csv", "data/empathy/names.txt"} {
		if !slices.Contains(names, want) {
			t.Errorf("%s is not sent; these are: %v", want, names)
		}
	}
	if slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, "teachers/") || strings.HasPrefix(n, "data/other/") }) {
		t.Errorf("a file is sent twice: %v", names)
	}
	dir := t.TempDir()
	a, b := net.Pipe()
	pushed := make(chan error, 1)
	go func() { pushed <- bundle.Push(a, func(int64) {}) }()
	if _, err := transfer.Take(context.Background(), b, transfer.TakeOptions{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	if err := <-pushed; err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := bundle.WriteRun(&text); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text.String(), "a-secret") {
		t.Error("the run file that is sent holds the token")
	}
	elsewhere := filepath.Join(t.TempDir(), "run.yaml")
	if err := os.WriteFile(elsewhere, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	run, err := config.Load(elsewhere, config.LoadOptions{BaseDir: dir})
	if err != nil {
		t.Fatalf("%v\n%s", err, text.String())
	}
	other := run.Tasks[1]
	if run.Tasks[0].Data.Path[2] != "s3://corpora/more.csv" || other.Teacher.Path != "s3://teachers/other" || other.Data.Path[0] != "data/empathy/train.csv" {
		t.Errorf("%+v", run.Tasks)
	}
	if run, err := config.Load(elsewhere, config.LoadOptions{BaseDir: t.TempDir(), FilesLater: true}); err != nil || len(run.Missing()) != 6 {
		t.Errorf("where nothing has arrived, %v is missing; %v", run.Missing(), err)
	}
}
