package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ringmaster/config"
)

// The commands of docs/tutorial.md, its blocks of sh, do what the page says, with a small encoder in place of the fetched one,
// a few steps, and made-up files in the form of the public corpora.
func TestTutorial(t *testing.T) {
	d := newDesk(t)
	page, err := os.ReadFile(filepath.Join("..", "docs", "tutorial.md"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(d.at("examples", "sample"), os.DirFS(filepath.Join("..", "examples", "sample"))); err != nil {
		t.Fatal(err)
	}
	writePublished(t, d)
	if err := os.MkdirAll(d.at("bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, program := range []string{d.ringmaster, d.worker} {
		if err := os.Symlink(program, d.at("bin", filepath.Base(program))); err != nil {
			t.Fatal(err)
		}
	}
	said := map[string]string{} // of predict, by the model that was asked a single text
	ran := 0
	for _, block := range strings.Split(string(page), "```sh\n")[1:] {
		commands, _, _ := strings.Cut(block, "```")
		for line := range strings.Lines(commands) {
			line = strings.TrimSpace(line)
			out := d.types(t, line)
			ran++
			if _, model, asks := strings.Cut(line, "| bin/ringmaster predict --model "); asks {
				said[model] = out
			}
		}
	}
	if ran < 65 {
		t.Errorf("%d commands were found", ran)
	}
	for model, want := range map[string]string{
		"runs/essays/model": `"empathy"`, "runs/goemotions/model": `"labels":[`, "runs/xed/model": `"anger":`, "runs/newsemp/model": `"value":`,
		"runs/reactions/model": `"probabilities":{"none":`,
	} {
		if !strings.Contains(said[model], want) {
			t.Errorf("%s answers %s, without %s", model, said[model], want)
		}
	}
	for file, rows := range map[string]int{"answers.jsonl": 1200, "all.jsonl": 2400, "isear.jsonl": 280, "levels.jsonl": 240} {
		if n := strings.Count(readFile(t, d.at(file)), "\n"); n != rows {
			t.Errorf("%s has %d lines, want %d", file, n, rows)
		}
	}
	for file, kind := range map[string]config.Kind{
		"essays": config.KindClasses, "isear": config.KindClasses, "goemotions": config.KindLabels, "xed": config.KindLabels, "tweets": config.KindLabels, "newsemp": config.KindValue, "films": config.KindClasses,
		"reactions": config.KindOrdered, "interpretations": config.KindOrdered, "explorations": config.KindOrdered,
	} {
		run, err := config.Load(d.at(file+".yaml"), config.LoadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if pair := run.Tasks[0].Data.TextPair != ""; pair != kind.Is(config.KindOrdered) {
			t.Errorf("%s.yaml has a second text: %v", file, pair)
		}
		if got := run.Tasks[0].Kind; !got.Is(kind) {
			t.Errorf("%s.yaml has a task of kind %q, want %q", file, got, kind)
		}
	}
	for _, name := range []string{"config.json", "tokenizer.json", "README.md"} {
		if _, err := os.Stat(d.at("essays-model", name)); err != nil {
			t.Error(err)
		}
	}
	checkServed(t, d, "essays-model", "xed-model", "runs/newsemp/model")
	checkServedPairs(t, d, "runs/reactions/model")
}

// types types a line of the page, with a small model and few steps.
func (d *desk) types(t *testing.T, line string) string {
	t.Helper()
	line = strings.ReplaceAll(line, "train.freeze=4", "train.freeze=embeddings")  // it has two layers
	line = strings.ReplaceAll(line, "train.max_length=96", "train.max_length=64") // and so many positions
	switch {
	case strings.Contains(line, "ringmaster config init"):
		line += " --model ./model"
	case strings.Contains(line, "ringmaster train"), strings.Contains(line, "ringmaster compare"):
		line += " --workers 1 --set train.steps=4 --set train.batch=4 --set device=cpu"
	}
	c := exec.CommandContext(t.Context(), "bash", "-eo", "pipefail", "-c", line)
	c.Dir, c.Env = d.dir, d.env()
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
	return string(out)
}

// checkServed serves model folders with examples/serve.py, and holds what it answers to what predict says.
func checkServed(t *testing.T, d *desk, models ...string) {
	t.Helper()
	python := os.Getenv("RINGMASTER_PEER_PYTHON")
	if python == "" {
		t.Log("NOT SERVED: set RINGMASTER_PEER_PYTHON to a Python with torch and transformers to serve the models by examples/serve.py")
		return
	}
	for _, model := range models {
		at := serve(t, python, d.at(model))
		for _, text := range []string{"sorry to hear that", "news of the storm"} {
			var served []servedLabel
			ask(t, at, map[string]any{"inputs": text}, &served)
			compareServed(t, model, text, served, answersOf(t, d, model, text)[0])
			var several [][]servedLabel
			ask(t, at, map[string]any{"inputs": [][]string{{text}, {"other"}}}, &several)
			first, _ := json.Marshal(several[0])
			if alone, _ := json.Marshal(served); len(several) != 2 || string(first) != string(alone) {
				t.Errorf("%s: %q of several is %s, alone %s", model, text, first, alone)
			}
		}
		if status := ask(t, at, map[string]any{"text": "x"}, nil); status != 422 {
			t.Errorf("%s: a body without inputs has status %d", model, status)
		}
	}
}

// checkServedPairs is checkServed of a model that reads two texts.
func checkServedPairs(t *testing.T, d *desk, model string) {
	t.Helper()
	python := os.Getenv("RINGMASTER_PEER_PYTHON")
	if python == "" {
		return // checkServed has said so
	}
	at := serve(t, python, d.at(model))
	for _, pair := range [][]string{{"sad news today", "sorry to hear that"}, {"sorry to hear that", "sad news today"}} {
		var served []servedLabel
		ask(t, at, map[string]any{"inputs": pair}, &served)
		compareServed(t, model, strings.Join(pair, " / "), served, answersOf(t, d, model, strings.Join(pair, "\t"))[0])
	}
}
