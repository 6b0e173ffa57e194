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
	"ringmaster/model/weights/tinybert"
)

// What train refuses before its first step, config validate and data check refuse in the same
// words, with the same exit code; nothing is started.
func TestWhatTrainRefusesIsRefusedBeforeToo(t *testing.T) {
	edit := func(old, new string) func(*testing.T, *desk) {
		return func(t *testing.T, d *desk) { replaceIn(t, d.at("run.yaml"), old, new) }
	}
	base := func(spoil func(t *testing.T, dir string)) func(*testing.T, *desk) {
		return func(t *testing.T, d *desk) { spoil(t, d.at("model")) }
	}
	for name, c := range map[string]struct {
		spoil func(*testing.T, *desk)
		set   []string
		want  []string
	}{
		"an empty folder": {base(func(t *testing.T, dir string) { emptied(t, dir) }), nil, []string{"no config.json"}},
		"another architecture": {base(func(t *testing.T, dir string) {
			emptied(t, dir)
			writeFile(t, filepath.Join(dir, "config.json"), `{"model_type": "longformer", "hidden_size": 8}`)
		}), nil, []string{`"longformer"`, "distilbert, electra"}},
		"a checkpoint": {base(func(t *testing.T, dir string) {
			emptied(t, dir)
			writeFile(t, filepath.Join(dir, "state-00-of-01.safetensors"), "")
		}), nil, []string{"is a training checkpoint", "ringmaster model export"}},
		"no tokenizer":        {base(func(t *testing.T, dir string) { removed(t, dir, "vocab.txt") }), nil, []string{"vocab.txt"}},
		"a larger vocabulary": {base(func(t *testing.T, dir string) { appended(t, dir, "vocab.txt", "onemore\n") }), nil, []string{"vocab"}},
		"a pad beyond it": {base(func(t *testing.T, dir string) { configured(t, dir, "pad_token_id", 1<<20) }), nil,
			[]string{"pad_token_id is 1048576"}},
		"a pipe for weights": {base(func(t *testing.T, dir string) {
			removed(t, dir, "model.safetensors")
			if err := syscall.Mkfifo(filepath.Join(dir, "model.safetensors"), 0o600); err != nil {
				t.Fatal(err)
			}
		}), nil, []string{"model.safetensors is a pipe"}},
		"NaN in the base": {base(func(t *testing.T, dir string) { spoiltNumber(t, dir) }), nil,
			[]string{"model.safetensors", "tensor embeddings.word_embeddings.weight", "is NaN"}},
		"NaN in a teacher": {func(t *testing.T, d *desk) {
			writeBert(t, d.at("teacher"), tinybert.Head("emotion", true, width, "joy", "fear", "anger"))
			spoiltNumber(t, d.at("teacher"))
		}, []string{"tasks.emotion.teacher.path=./teacher"}, []string{"teacher", "is NaN"}},
		"a shorter teacher": {func(t *testing.T, d *desk) {
			config := tinybert.Config(width)
			config.MaxPositionEmbeddings = 16
			if err := tinybert.Write(d.at("teacher"), config, tinybert.Head("emotion", true, width, "joy", "fear", "anger")); err != nil {
				t.Fatal(err)
			}
		}, []string{"tasks.emotion.teacher.path=./teacher"}, []string{"train.max_length is 32", "teacher", "16 positions"}},
		"answers for other texts": {func(t *testing.T, d *desk) {
			writeFile(t, d.at("answers.csv"), "text,joy,fear,anger\nnobody wrote this,1,0,0\n")
		}, []string{"tasks.emotion.teacher.answers=answers.csv"}, []string{"answers.csv has an answer for none of the"}},
		"longer than positions": {nil, []string{"train.max_length=65"}, []string{"65", "64 positions"}},
		"one class": {edit(`labels: {joy: joy, fear: fear, anger: anger}`, `labels: {joy: joy, fear: ~, anger: ~, dread: fear}`), nil,
			[]string{"task emotion: there is nothing to learn, since every training row has the class joy (14 rows)"}},
		"no step":            {nil, []string{"train.epochs=0.001"}, []string{"nothing to plan", "0.001 epochs"}},
		"a batch of 2^63-1":  {nil, []string{"train.batch=9223372036854775807"}, []string{"train.batch", "too large"}},
		"steps too large":    {nil, []string{"train.steps=9223372036854775807"}, []string{"train.steps", "too large"}},
		"more than counts":   {nil, []string{"train.steps=1000000000", "train.batch=1048576"}, []string{"more than can be planned"}},
		"epochs for ever":    {nil, []string{"train.epochs=1e300"}, []string{"train.epochs", "too large"}},
		"a long name":        {edit("name: emotion", "name: "+strings.Repeat("e", 300)), nil, []string{"300 characters"}},
		"a name that climbs": {edit("name: emotion", "name: ../emotion"), nil, []string{"../emotion", "lower-case letters"}},
		"vectors of two widths": {func(t *testing.T, d *desk) {
			edit("model: {base: ./model}", "model: {arch: lstm, vectors: glove.txt}")(t, d)
			writeFile(t, d.at("glove.txt"), "the 1 2 3\nstorm 1 2\n")
		}, []string{"method=mt"}, []string{"glove.txt"}},
		"nothing to train vectors on": {func(t *testing.T, d *desk) {
			edit("model: {base: ./model}", "model: {arch: lstm}")(t, d)
			writeFile(t, d.at("empathy.csv"), "id,text,empathy\n1,a,0\n2,b,1\n3,c,0\n4,d,1\n5,e,0\n6,f,1\n7,g,0\n8,h,1\n9,i,0\n10,j,1\n")
			writeFile(t, d.at("run.yaml"), strings.Split(readFile(t, d.at("run.yaml")), "  - name: sentiment")[0]+"train: {epochs: 2, batch: 2}\n")
		}, []string{"method=single"}, []string{"no two words"}},
		"no mask to pretrain with": {base(func(t *testing.T, dir string) {
			replaceIn(t, filepath.Join(dir, "vocab.txt"), "\n[MASK]\n", "\n[MISK]\n")
		}),
			[]string{"method=mlm"}, []string{"[MASK]"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			started := withDummyWorker(t, d)
			if c.spoil != nil {
				c.spoil(t, d)
			}
			var set []string
			for _, s := range c.set {
				set = append(set, "--set", s)
			}
			said := map[string]string{}
			for _, command := range [][]string{{"train"}, {"config", "validate"}, {"data", "check"}} {
				p := d.run(t, d.ringmaster, append(append(command, "run.yaml"), set...)...)
				p.exits(t, 2)
				said[strings.Join(command, " ")] = p.stderr.String()
			}
			for _, want := range c.want {
				if !strings.Contains(said["train"], want) {
					t.Errorf("train lacks %q:\n%s", want, said["train"])
				}
			}
			if strings.Count(said["train"], "\n") > 2 {
				t.Errorf("train says more than a sentence:\n%s", said["train"])
			}
			for _, command := range []string{"config validate", "data check"} {
				if said[command] != said["train"] {
					t.Errorf("%s says\n%strain says\n%s", command, said[command], said["train"])
				}
			}
			if started() {
				t.Error("a worker was started")
			}
			if _, err := os.Stat(d.at("runs")); err == nil {
				t.Error("a folder for runs was made")
			}
		})
	}
}

func emptied(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		removed(t, dir, e.Name())
	}
}

func removed(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

func appended(t *testing.T, dir, name, text string) {
	t.Helper()
	writeFile(t, filepath.Join(dir, name), readFile(t, filepath.Join(dir, name))+text)
}

// configured sets a key of a folder's config.json.
func configured(t *testing.T, dir, key string, value any) {
	t.Helper()
	path := filepath.Join(dir, "config.json")
	var config map[string]any
	if err := json.Unmarshal([]byte(readFile(t, path)), &config); err != nil {
		t.Fatal(err)
	}
	config[key] = value
	text, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, string(text))
}

// spoiltNumber writes a folder again with NaN in its word embeddings.
func spoiltNumber(t *testing.T, dir string) {
	t.Helper()
	f, err := weights.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	tensors, err := f.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	spec := weights.WriteSpec{Config: f.Config, Tokenizer: dir, Overwrite: true}
	for name, x := range tensors {
		if name == f.Config.Tensors()[0].Name {
			x.Data[7] = float32(math.NaN())
		}
		spec.Tensors = append(spec.Tensors, x)
	}
	if heads, err := f.Heads(); err == nil {
		spec.Heads = heads
	}
	if err := weights.Write(dir, spec); err != nil {
		t.Fatal(err)
	}
}
