package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ringmaster/model/weights/tinybert"
)

// predict gives no label where there is none: weights that are not finite are named, and so are
// logits that large weights make.
func TestPredictNamesWhatIsNotFinite(t *testing.T) {
	d := newDesk(t)
	head := tinybert.Head("task", true, width, "no", "yes")
	writeBert(t, d.at("spoilt"), head)
	spoiltNumber(t, d.at("spoilt"))
	for i := range head.Weight.Data {
		head.Weight.Data[i] = 3e38
	}
	writeBert(t, d.at("large"), head)
	for folder, want := range map[string][]string{
		"spoilt": {"model.safetensors", "tensor embeddings.word_embeddings.weight", "is NaN"},
		"large":  {"the output no of task task is NaN"},
	} {
		p := d.runWith(t, "we were sorry\n", d.ringmaster, "predict", "--model", folder)
		p.exits(t, 2)
		p.complains(t, 1, want...)
		if p.stdout.String() != "" {
			t.Errorf("%s: it answers %s", folder, p.stdout.String())
		}
	}
}

// A BertForMaskedLM's folder, which has no pooler, is a base: a pooler is begun anew, which is
// said once, on the screen and in the log; and it is one to pretrain on.
func TestAFolderWithoutPoolerIsABase(t *testing.T) {
	d := newDesk(t)
	from := filepath.Join("..", "model", "weights", "testdata", "head-BertForMaskedLM")
	if err := os.CopyFS(d.at("masked"), os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	small := []string{"--set", "model.base=./masked", "--set", "train.max_length=16", "--set", "train.epochs=1"}
	r := d.train(t, "student", small...)
	const said = "has no pooler; each training initialises one"
	if n := strings.Count(r.said, said); n != 1 {
		t.Errorf("%q is said %d times:\n%s", said, n, r.said)
	}
	if n := strings.Count(readFile(t, d.at("runs", "student", "coordinator.log")), said); n != 1 {
		t.Errorf("%q is in the log %d times", said, n)
	}
	d.run(t, d.ringmaster, append([]string{"pretrain", "run.yaml", "--run-dir", "runs/pretrained"}, small...)...).exits(t, 0)
	d.train(t, "again", "--set", "model.base=./runs/pretrained/model", "--set", "method=single", "--set", "train.max_length=16", "--set", "train.steps=2")
}
