package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ringmaster/model/weights/tinybert"
)

// A desk is where a test works: model/, three corpora, run.yaml; and the programs' home.
type desk struct {
	dir                string
	ringmaster, worker string   // the programs
	extra              []string // of the environment, for programs started from here on
}

// newDesk lays one out in a folder that goes when the test ends.
func newDesk(t *testing.T) *desk {
	t.Helper()
	return deskIn(t, t.TempDir())
}

func deskIn(t *testing.T, dir string) *desk {
	t.Helper()
	needPrograms(t)
	d := &desk{dir: dir, ringmaster: filepath.Join(programs, "ringmaster"), worker: filepath.Join(programs, "ringmaster-worker")}
	for _, sub := range []string{"home", "tmp"} {
		if err := os.MkdirAll(d.at(sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	writeBert(t, d.at("model"))
	writeCorpora(t, d)
	writeFile(t, d.at("run.yaml"), runFile)
	return d
}

// at is a path on the desk.
func (d *desk) at(parts ...string) string {
	return filepath.Join(append([]string{d.dir}, parts...)...)
}

// env is all that the programs see of the environment.
func (d *desk) env() []string {
	return append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + d.at("home"),
		"XDG_CACHE_HOME=" + d.at("home", "cache"), "TMPDIR=" + d.at("tmp"),
	}, d.extra...)
}

// runFile declares the three corpora: one file that the run divides, and two that are
// divided already, whose training rows are therefore known: 0 to 47 and 0 to 39.
const runFile = `model: {base: ./model}
method: kd-annealed
tasks:
  - name: empathy
    target: true
    data: {path: empathy.csv, format: csv, text: text, label: empathy, labels: {"0": none, "1": empathy}, split: {train: 0.8, valid: 0.1, test: 0.1, seed: 5}}
  - name: sentiment
    data: {train: sentiment-train.tsv, valid: sentiment-valid.tsv, test: sentiment-test.tsv, format: tsv, text: text, label: label, labels: {bad: negative, good: positive}}
  - name: emotion
    data: {train: emotion-train.jsonl, valid: emotion-valid.jsonl, test: emotion-test.jsonl, format: jsonl, text: text, label: emotion, labels: {joy: joy, fear: fear, anger: anger}}
train: {epochs: 2, batch: 8, lr: 5e-4, warmup: 0.1, max_length: 32, seed: 3, sampling_exponent: 0.75, keep: last}
cluster: {workers: 2}
device: cpu
`

// taskNames are the tasks of runFile.
var taskNames = []string{"empathy", "sentiment", "emotion"}

// trainRows is how many training rows each has: 60 · 0.8, and as many as were written.
var trainRows = map[string]int{"empathy": 48, "sentiment": 48, "emotion": 40}

// writeCorpora writes the same texts every time.
func writeCorpora(t *testing.T, d *desk) {
	t.Helper()
	random := rand.New(rand.NewPCG(2, 3))
	var csv strings.Builder
	csv.WriteString("id,text,empathy\n")
	for i := range 60 {
		signs := [][]string{{"news", "report", "storm"}, {"sorry", "hear", "hope"}}[i%2]
		fmt.Fprintf(&csv, "%d,\"%s\",%d\n", i, tinybert.Sentence(random, signs, i), i%2)
	}
	writeFile(t, d.at("empathy.csv"), csv.String())
	for i, n := range []int{48, 10, 12} {
		part := []string{"train", "valid", "test"}[i]
		tsv := strings.Builder{}
		tsv.WriteString("text\tlabel\n")
		for i := range n {
			signs := [][]string{{"awful", "dull", "poor"}, {"great", "lovely", "good"}}[i%2]
			fmt.Fprintf(&tsv, "%s\t%s\n", part+" "+tinybert.Sentence(random, signs, i), []string{"bad", "good"}[i%2])
		}
		writeFile(t, d.at("sentiment-"+part+".tsv"), tsv.String())
	}
	for i, n := range []int{40, 9, 9} {
		part := []string{"train", "valid", "test"}[i]
		jsonl := strings.Builder{}
		for i := range n {
			signs := [][]string{{"joy", "smile", "happy"}, {"fear", "dark", "scared"}, {"anger", "shout", "angry"}}[i%3]
			line, err := json.Marshal(map[string]string{"text": part + " " + tinybert.Sentence(random, signs, i), "emotion": []string{"joy", "fear", "anger"}[i%3]})
			if err != nil {
				t.Fatal(err)
			}
			jsonl.Write(append(line, '\n'))
		}
		writeFile(t, d.at("emotion-"+part+".jsonl"), jsonl.String())
	}
}
