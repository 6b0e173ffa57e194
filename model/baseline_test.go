package model

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/model/baseline"
	"ringmaster/model/weights"
)

// fullSize writes a folder of a system as the paper has it, over a small vocabulary.
func fullSize(t *testing.T, arch weights.Arch) Spec {
	t.Helper()
	const vocabulary, width = 60, 100
	words := make([]float32, vocabulary*width)
	for i := range words {
		words[i] = float32(i*7919%101)/101 - 0.5
	}
	lines := []string{"<pad>", "<unk>"}
	for i := range vocabulary - 2 {
		lines = append(lines, fmt.Sprint("word", i))
	}
	source, dir := t.TempDir(), filepath.Join(t.TempDir(), string(arch))
	if err := os.WriteFile(filepath.Join(source, "words.txt"), []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	config := weights.NewBaseline(arch, vocabulary, width)
	if err := baseline.Write(dir, baseline.Spec{Config: config, Words: words, Seed: 3, Tokenizer: source}); err != nil {
		t.Fatal(err)
	}
	return Spec{Dir: dir, Tasks: referenceTasks, Seed: 4, Device: "cpu", Threads: 1}
}

// essays are a batch of long and short texts.
func essays() []Example {
	var all []Example
	for i := range 8 {
		e := Example{Task: i % 2, Class: i / 2 % 2}
		for j := range 1 + i*37%60 {
			e.IDs = append(e.IDs, int32(1+(i*5+j*11+e.Class*3)%59))
		}
		all = append(all, e)
	}
	return all
}

// At full size, with dropout: the same steps give the same bits (on two threads too), also
// when they are taken up from a state; a folder that is written gives the same answers.
func TestBaselineStepsGiveTheSameBits(t *testing.T) {
	for _, arch := range baselines {
		t.Run(string(arch), func(t *testing.T) {
			spec := fullSize(t, arch)
			steps := func(m *Model, from, to int) (hash string) {
				t.Helper()
				for n := from; n < to; n++ {
					if _, err := m.Backward(t.Context(), essays(), goldOnly, 8, uint64(n)); err != nil {
						t.Fatal(err)
					}
					if _, err := m.Update(1e-2, AdamW{ClipNorm: 1}); err != nil {
						t.Fatal(err)
					}
				}
				hash, err := m.ParameterHash()
				if err != nil {
					t.Fatal(err)
				}
				return hash
			}
			first := open(t, spec)
			atStart := lossWithoutDropout(t, first)
			want := steps(first, 0, 8)
			if atEnd := lossWithoutDropout(t, first); !(atEnd < 0.9*atStart) {
				t.Errorf("the loss goes from %v to %v: nothing is learnt", atStart, atEnd)
			}
			second := open(t, spec)
			steps(second, 0, 4)
			state, err := second.State()
			if err != nil {
				t.Fatal(err)
			}
			third := open(t, spec)
			if err := third.SetState(state); err != nil {
				t.Fatal(err)
			}
			for name, m := range map[string]*Model{"from the beginning": second, "from a state": third} {
				if steps(m, 4, 8) != want {
					t.Errorf("%s: other bits", name)
				}
			}
			exportsTheSameAnswers(t, first, spec)
			if arch == weights.LSTM || arch == weights.BiLSTM {
				return // many small products: on a busy machine two threads wait for each other
			}
			spec.Threads = 2
			once, again := steps(open(t, spec), 0, 1), steps(open(t, spec), 0, 1)
			if once != again {
				t.Error("two threads do not give the same bits twice")
			}
		})
	}
}

// lossWithoutDropout is the cross-entropy of the essays' classes, all added up: with dropout, that of so few
// examples is a matter of chance.
func lossWithoutDropout(t *testing.T, m *Model) (loss float64) {
	t.Helper()
	logits, err := m.Logits(t.Context(), essays())
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range essays() {
		total := 0.0
		for _, x := range logits[i] {
			total += math.Exp(float64(x))
		}
		loss += math.Log(total) - float64(logits[i][e.Class])
	}
	return loss
}

// exportsTheSameAnswers writes a model and reads it back.
func exportsTheSameAnswers(t *testing.T, m *Model, spec Spec) {
	t.Helper()
	tensors, err := m.Tensors()
	if err != nil {
		t.Fatal(err)
	}
	heads, err := m.Heads()
	if err != nil {
		t.Fatal(err)
	}
	for i := range heads {
		heads[i].Target = i == 0
		for c := range referenceTasks[i].Classes {
			heads[i].Classes = append(heads[i].Classes, fmt.Sprint(c))
		}
	}
	dir := filepath.Join(t.TempDir(), "out")
	if err := weights.Write(dir, weights.WriteSpec{Config: m.Config(), Tensors: tensors, Heads: heads, Tokenizer: spec.Dir}); err != nil {
		t.Fatal(err)
	}
	spec.Dir, spec.Heads, spec.Seed = dir, heads, 99
	read := open(t, spec)
	want, err := m.Logits(t.Context(), essays())
	if err != nil {
		t.Fatal(err)
	}
	got, err := read.Logits(t.Context(), essays())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("the exported model answers otherwise:", diff)
	}
}
