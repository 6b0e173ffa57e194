package export_test

import (
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/durable"
	"ringmaster/model/checkpoint"
	"ringmaster/model/weights"
	"ringmaster/model/weights/tinybert"
	"ringmaster/run/export"
	"ringmaster/run/plan"
)

const width = 8

func tiny(t *testing.T) *weights.Folder {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "base")
	if err := tinybert.Write(dir, tinybert.Config(width)); err != nil {
		t.Fatal(err)
	}
	return opened(t, dir)
}

func opened(t *testing.T, dir string) *weights.Folder {
	t.Helper()
	f, err := weights.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// shards writes a state of random numbers in three shards, and gives its parameters.
func shards(t *testing.T, dir string, parts []weights.Part) []float32 {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	size := parts[len(parts)-1].End()
	random := rand.New(rand.NewPCG(1, 2))
	vector := func() []float32 {
		v := make([]float32, size)
		for i := range v {
			v[i] = random.Float32()
		}
		return v
	}
	all := checkpoint.Vectors{Parameters: vector(), ExpAvg: vector(), ExpAvgSq: vector()}
	for i := range 3 {
		lo, hi := checkpoint.Range(size, i, 3)
		s := checkpoint.Shard{
			Of:    checkpoint.Of{Stage: 2, Step: 9, Updates: 9, Size: size, Layout: weights.LayoutHash(parts)},
			Index: i, Count: 3, Lo: lo, Hi: hi,
			Vectors: checkpoint.Vectors{Parameters: all.Parameters[lo:hi], ExpAvg: all.ExpAvg[lo:hi], ExpAvgSq: all.ExpAvgSq[lo:hi]},
		}
		err := durable.CreateFile(filepath.Join(dir, checkpoint.StateName(i, 3)), func(w io.Writer) error { return s.Write(w) })
		if err != nil {
			t.Fatal(err)
		}
	}
	return all.Parameters
}

var heads = []export.Head{
	{Task: "sentiment", Classes: []string{"negative", "positive"}},
	{Task: "emotion", Classes: []string{"joy", "fear", "anger"}, Target: true},
}

// The heads' tensors stand at the end of the flat vector in the tasks' order, and the encoder's
// before them in the order of the forward pass.
func TestACheckpointBecomesAFolder(t *testing.T) {
	base := tiny(t)
	parts := weights.Layout(base.Config, weights.LoRA{}, []weights.HeadShape{{Task: "sentiment", Classes: 2}, {Task: "emotion", Classes: 3}})
	dir, out := filepath.Join(t.TempDir(), "step-9"), filepath.Join(t.TempDir(), "out")
	flat := shards(t, dir, parts)
	recipe := data.Recipe{MaxLength: 24, Clean: map[string]config.Clean{"emotion": {URLs: true}}}
	if err := export.Checkpoint(t.Context(), dir, out, export.Model{Base: base, Heads: heads, Recipe: recipe}); err != nil {
		t.Fatal(err)
	}
	f := opened(t, out)
	tensors, err := f.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for _, spec := range base.Config.Tensors() {
		got := tensors[spec.Name].Data
		if !slices.Equal(got, flat[at:at+len(got)]) {
			t.Errorf("%s is not elements %d to %d of the state", spec.Name, at, at+len(got))
		}
		at += len(got)
	}
	written, err := f.Heads()
	if err != nil || len(written) != 2 {
		t.Fatalf("%d heads, %v", len(written), err)
	}
	for i, h := range written {
		for _, x := range []weights.Tensor{h.Weight, h.Bias} {
			if !slices.Equal(x.Data, flat[at:at+len(x.Data)]) {
				t.Errorf("head of %s is not at %d of the state", h.Task, at)
			}
			at += len(x.Data)
		}
		if h.Task != heads[i].Task || h.Target != heads[i].Target || !slices.Equal(h.Classes, heads[i].Classes) {
			t.Errorf("head %d is %s, %v, target %v", i, h.Task, h.Classes, h.Target)
		}
	}
	if at != len(flat) {
		t.Errorf("%d of %d elements are in the folder", at, len(flat))
	}
	if got := f.Config.(weights.BertConfig).ID2Label[2]; got != "anger" {
		t.Errorf("id2label[2] is %q", got)
	}
	if back, err := data.ReadRecipe(out); err != nil || back.MaxLength != 24 || !back.Clean["emotion"].URLs || back.TokenizerSteps != 1 {
		t.Errorf("recipe %+v, %v", back, err)
	}
	says(t, out, "tokenizer_config.json", `"model_max_length": 24`, "PreTrainedTokenizerFast")
	says(t, out, "tokenizer.json", `"max_length": 24`, `"content": "<URL>"`)
	says(t, out, "README.md", "| emotion | joy, fear, anger | loaded by transformers |", "links replaced by <URL>", "24 tokens", "truncation=True")

	// The folder made over with the other head is the same but for that.
	other, again := slices.Clone(heads), filepath.Join(t.TempDir(), "again")
	other[0].Target, other[1].Target = true, false
	if err := export.Checkpoint(t.Context(), out, again, export.Model{Base: base, Heads: other, Recipe: recipe}); err != nil {
		t.Fatal(err)
	}
	g := opened(t, again)
	second, err := g.Heads()
	if err != nil || !second[0].Target || second[1].Target || !slices.Equal(second[1].Weight.Data, written[1].Weight.Data) {
		t.Errorf("made over: %+v, %v", second, err)
	}
	if got := g.Config.(weights.BertConfig).ID2Label; len(got) != 2 || got[1] != "positive" {
		t.Errorf("id2label is %v", got)
	}
}

func TestAMaskedStateBecomesAFolder(t *testing.T) {
	base := tiny(t)
	bert := base.Config.(weights.BertConfig)
	dir, out := filepath.Join(t.TempDir(), "step-9"), filepath.Join(t.TempDir(), "out")
	flat := shards(t, dir, weights.MaskedLayout(bert, true))
	recipe := data.Recipe{MaxLength: 16, Clean: map[string]config.Clean{plan.MaskedTask: {Users: true}}}
	if err := export.Checkpoint(t.Context(), dir, out, export.Model{Base: base, Recipe: recipe}); err != nil {
		t.Fatal(err)
	}
	says(t, out, "README.md", "fill-mask", "names replaced by <USER>", "16 tokens")
	says(t, out, "tokenizer_config.json", `"model_max_length": 16`)
	// As the base of a further run it has the base's tokenizer: that run cleans for itself.
	mine, err := data.OpenTokenizer(out)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := data.OpenTokenizer(base.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if mine.Hash() != theirs.Hash() {
		t.Error("the folder's tokenizer is another one than the base's")
	}
	head, err := opened(t, out).MaskedHead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := head[weights.MaskedBias].Data; !slices.Equal(got, flat[len(flat)-len(got):]) {
		t.Error("the decoder's bias is not the end of the state")
	}
}

// A state of another model, of the same size even, is refused.
func TestAStateOfOtherHeadsIsRefused(t *testing.T) {
	base := tiny(t)
	dir := filepath.Join(t.TempDir(), "step-9")
	shards(t, dir, weights.Layout(base.Config, weights.LoRA{}, []weights.HeadShape{{Task: "sentiment", Classes: 3}, {Task: "emotion", Classes: 2}}))
	out := filepath.Join(t.TempDir(), "out")
	err := export.Checkpoint(t.Context(), dir, out, export.Model{Base: base, Heads: heads, Recipe: data.Recipe{}})
	if !errors.Is(err, checkpoint.ErrLayout) {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a folder was made")
	}
}

// says makes sure that a file of a folder holds some text.
func says(t *testing.T, dir, name string, parts ...string) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range parts {
		if !strings.Contains(string(content), part) {
			t.Errorf("%s does not say %q:\n%.600s", name, part, content)
		}
	}
}
