package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"ringmaster/model/weights/tinybert"
)

func TestTokenizeWritesALineOfIdsForEachLine(t *testing.T) {
	d := newDesk(t)
	p := d.runWith(t, "Sorry to hear, qi!\n\n"+strings.Repeat("a ", 700)+"\nlast", d.ringmaster, "data", "tokenize", "--model", "./model")
	p.exits(t, 0)
	id := map[string]int32{}
	for i, piece := range tinybert.Vocabulary() {
		id[piece] = int32(i)
	}
	var lines [][]int32
	for line := range strings.Lines(p.stdout.String()) {
		var got map[string][]int32
		if err := json.Unmarshal([]byte(line), &got); err != nil || len(got) != 1 {
			t.Fatalf("%q: %v, want an object of ids alone", line, err)
		}
		lines = append(lines, got["ids"])
	}
	if len(lines) != 4 {
		t.Fatalf("%d lines for 4 texts", len(lines))
	}
	for i, want := range map[int]string{
		0: "[CLS] sorry to hear , q ##i ! [SEP]",
		1: "[CLS] [SEP]",
		2: "[CLS] " + strings.Repeat("a ", 700) + "[SEP]",
		3: "[CLS] l ##a ##s ##t [SEP]",
	} {
		pieces := strings.Fields(want)
		if len(lines[i]) != len(pieces) {
			t.Errorf("line %d has %d ids, want %d", i+1, len(lines[i]), len(pieces))
			continue
		}
		for k, piece := range pieces {
			if lines[i][k] != id[piece] {
				t.Errorf("line %d, id %d is %d, want %d (%s)", i+1, k, lines[i][k], id[piece], piece)
			}
		}
	}
}

func TestTokenizeNeedsAVocabulary(t *testing.T) {
	d := newDesk(t)
	for _, args := range [][]string{nil, {"--model", "./nowhere"}, {"--model", "./home"}} {
		p := d.run(t, d.ringmaster, append([]string{"data", "tokenize"}, args...)...)
		p.exits(t, 2)
		p.complains(t, 1)
	}
}

func TestConfigValidateJudgesARunFile(t *testing.T) {
	d := newDesk(t)
	p := d.run(t, d.ringmaster, "config", "validate", "run.yaml")
	p.exits(t, 0)
	if !strings.Contains(p.stdout.String(), "run.yaml") {
		t.Errorf("it does not say which file is fine:\n%s", p.said())
	}
	p = d.run(t, d.ringmaster, "config", "validate", "run.yaml", "--set", "train.batch=0")
	p.exits(t, 2)
	p.complains(t, 1, "train.batch")
}

func TestConfigShowPrintsARunFileThatLoadsAgain(t *testing.T) {
	d := newDesk(t)
	p := d.run(t, d.ringmaster, "config", "show", "run.yaml", "--set", "train.lr=0.25")
	p.exits(t, 0)
	writeFile(t, d.at("shown.yaml"), p.stdout.String())
	q := d.run(t, d.ringmaster, "config", "show", "shown.yaml")
	q.exits(t, 0)
	if !strings.Contains(p.stdout.String(), "0.25") || p.stdout.String() != q.stdout.String() {
		t.Errorf("shown once:\n%s\nshown again:\n%s", p.stdout.String(), q.stdout.String())
	}
}

func TestDataCheckReportsEveryCorpus(t *testing.T) {
	d := newDesk(t)
	p := d.run(t, d.ringmaster, "data", "check", "run.yaml")
	p.exits(t, 0)
	for _, task := range taskNames {
		if !strings.Contains(p.stdout.String(), task) {
			t.Errorf("the report lacks %s:\n%s", task, p.said())
		}
	}
	p = d.run(t, d.ringmaster, "data", "check", "run.yaml", "--json")
	p.exits(t, 0)
	lines := 0
	for line := range strings.Lines(p.stdout.String()) {
		if lines++; !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %q", line)
		}
	}
	if lines != 3 {
		t.Errorf("%d lines of JSON, want one a task", lines)
	}
	replaceIn(t, d.at("sentiment-valid.tsv"), "text\tlabel", "words\tlabel")
	replaceIn(t, d.at("run.yaml"), "label: emotion, ", "label: mood, ")
	p = d.run(t, d.ringmaster, "data", "check", "run.yaml")
	p.exits(t, 2)
	p.complains(t, 2, "sentiment-valid.tsv", `"text"`, "mood")
}
