package e2e

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"ringmaster/model/weights"
	"ringmaster/run/metrics"
	"ringmaster/run/plan"
)

// pretrainFile pretrains on a text file, on a corpus that has labels, and on one whose labels
// are not declared.
const pretrainFile = `model: {base: ./model, dropout: 0}
method: mlm
tasks:
  - name: talk
    data: {path: talk.txt, format: paragraphs, split: {train: 0.8, valid: 0.2}}
  - name: empathy
    data: {path: empathy.csv, format: csv, text: text, label: empathy, labels: {"0": none, "1": empathy}, split: {train: 0.8, valid: 0.1, test: 0.1, seed: 5}}
  - name: emotion
    data: {path: emotion-train.jsonl, format: jsonl, text: text}
train: {epochs: 6, batch: 8, lr: 2e-3, max_length: 24, seed: 3}
checkpoint: {every: 10}
cluster: {workers: 2}
device: cpu
`

func writeTalk(t *testing.T, d *desk) {
	t.Helper()
	feelings := strings.Fields("sorry sad happy scared angry glad")
	var b strings.Builder
	for i := range 60 {
		for j := range 3 {
			b.WriteString("i was so " + feelings[(i*7+j)%len(feelings)] + " to hear of the storm and the\n")
		}
		b.WriteString("\n")
	}
	writeFile(t, d.at("talk.txt"), b.String())
	writeFile(t, d.at("pretrain.yaml"), pretrainFile)
}

// pretrain carries pretrain.yaml out to its end, in runs/NAME.
func (d *desk) pretrain(t *testing.T, name string, args ...string) *record {
	t.Helper()
	dir := filepath.Join("runs", name)
	d.run(t, d.ringmaster, append([]string{"pretrain", "pretrain.yaml", "--run-dir", dir}, args...)...).exits(t, 0)
	d.noWorker(t)
	d.nothingInTmp(t)
	d.passesAudit(t, dir)
	return readRecord(t, d.at(dir))
}

// TestPretrain follows a pretraining from the run file to a student that begins with it.
func TestPretrain(t *testing.T) {
	d := newDesk(t)
	writeTalk(t, d)
	r := d.pretrain(t, "pretrain")
	checkSequences(t, r)

	var scores metrics.Perplexities
	text, err := os.ReadFile(r.Metrics())
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &scores); err != nil {
		t.Fatal(err)
	}
	if len(scores) != 3 || scores[0].Corpus != "talk" || scores[0].Test != nil || scores[1].Test == nil {
		t.Fatalf("metrics.json: %s", text)
	}
	for _, c := range scores {
		if v := c.Valid; v == nil || v.Masked == 0 || math.Abs(math.Log(v.Before)-v.LossBefore) > 1e-9 {
			t.Errorf("%s: %+v", c.Corpus, v)
		}
	}
	if v := scores[0].Valid; v.Perplexity > v.Before/2 {
		t.Errorf("the perplexity of talk went from %.1f to %.1f: nothing was learnt", v.Before, v.Perplexity)
	}

	d.run(t, d.ringmaster, "report", filepath.Join("runs", "pretrain")).exits(t, 0)
	if page := readFile(t, d.at("runs", "pretrain", "report.md")); !strings.Contains(page, "Perplexity") {
		t.Errorf("the report has no perplexity:\n%s", page)
	}

	folder, err := weights.Open(r.Model())
	if err != nil {
		t.Fatal(err)
	}
	if !folder.HasMaskedHead() || folder.Config.(weights.BertConfig).Architectures[0] != "BertForMaskedLM" {
		t.Errorf("the folder is a %v", folder.Config)
	}
	d.train(t, "student", "--set", "model.base=./runs/pretrain/model", "--set", "method=single", "--set", "train.epochs=1")
}

// checkSequences: every packed sequence counts once an epoch, of which there are six.
func checkSequences(t *testing.T, r *record) {
	t.Helper()
	count := map[int]int{}
	for _, l := range r.ledger {
		for _, rank := range l.Ranks {
			for _, id := range rank {
				count[id.Row]++
			}
		}
	}
	for row := range len(count) {
		if count[row] != 6 {
			t.Errorf("sequence %d counts %d times in 6 epochs", row, count[row])
		}
	}
}

// TestPretrainWorlds: one worker and two give the same losses, and the same model, to rounding.
func TestPretrainWorlds(t *testing.T) {
	d := newDesk(t)
	writeTalk(t, d)
	losses := map[string][]float64{}
	for _, workers := range []string{"1", "2"} {
		for _, e := range d.pretrain(t, "of-"+workers, "--workers", workers, "--set", "train.steps=12").events {
			losses[workers] = append(losses[workers], e.Loss["mlm"])
			if e.Examples["mlm"] != 8 || e.Masked == 0 {
				t.Errorf("step %d has %d sequences and %d masked positions", e.Step, e.Examples["mlm"], e.Masked)
			}
		}
	}
	if len(losses["1"]) != 12 || len(losses["2"]) != 12 {
		t.Fatalf("steps: %d and %d", len(losses["1"]), len(losses["2"]))
	}
	for i, one := range losses["1"] {
		if two := losses["2"][i]; math.Abs(one-two) > 1e-4*one {
			t.Errorf("step %d: loss %v in a world of one, %v of two", i, one, two)
		}
	}
}

// TestPretrainResumed: a pretraining that is killed goes on, and ends with the very model.
func TestPretrainResumed(t *testing.T) {
	d := newDesk(t)
	writeTalk(t, d)
	undisturbed := d.pretrain(t, "undisturbed")
	p := d.start(t, d.ringmaster, "pretrain", "pretrain.yaml", "--run-dir", filepath.Join("runs", "killed"))
	p.await(t, "15 steps", func() bool { return d.steps(t, d.at("runs", "killed"), plan.PretrainStage) >= 15 })
	p.signal(t, syscall.SIGKILL)
	p.wait(t, patience)
	d.noWorkerWithin(t, patience)
	if err := os.RemoveAll(d.at("tmp")); err != nil { // what killed workers leave
		t.Fatal(err)
	}
	if err := os.Mkdir(d.at("tmp"), 0o755); err != nil {
		t.Fatal(err)
	}
	killed := d.pretrain(t, "killed", "--resume")
	one, other := readFile(t, filepath.Join(undisturbed.Model(), "model.safetensors")), readFile(t, filepath.Join(killed.Model(), "model.safetensors"))
	if one != other {
		t.Error("the resumed run ends with another model")
	}
	if one, other := readFile(t, undisturbed.Metrics()), readFile(t, killed.Metrics()); one != other {
		t.Errorf("the resumed run's scores are %s, the undisturbed one's %s", other, one)
	}
}

// TestPretrainOfWholeWords: of whole words as many tokens are masked in each full sequence, and they are others than of
// tokens by themselves.
func TestPretrainOfWholeWords(t *testing.T) {
	d := newDesk(t)
	writeTalk(t, d)
	r := d.pretrain(t, "whole", "--set", "train.steps=6", "--set", "pretrain.whole_words=true")
	single := d.pretrain(t, "single", "--set", "train.steps=6")
	for i, e := range r.events {
		// 22 tokens of 24 are a text's, of which 15% are 3; a [SEP] between two texts may leave 21, or a short sequence fewer.
		if e.Examples["mlm"] != 8 || e.Masked > 8*3 || e.Masked < 8*3-3 {
			t.Errorf("step %d has %d sequences and %d masked positions, want about 24", e.Step, e.Examples["mlm"], e.Masked)
		}
		if i == 0 && e.Loss["mlm"] == single.events[0].Loss["mlm"] {
			t.Errorf("the loss of the first step is %v, as without whole words", e.Loss["mlm"])
		}
	}
	if len(r.events) != 6 {
		t.Errorf("%d steps", len(r.events))
	}
}
