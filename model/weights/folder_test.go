package weights

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Each way a folder can be wrong, and the exact lines a person then reads (DIR is the folder).
func TestOpenSaysWhatIsWrong(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(t *testing.T, dir string)
		kind  error
		want  string
	}{
		"no folder": {
			func(t *testing.T, dir string) { remove(t, dir) }, ErrNotFolder,
			"model folder DIR does not exist",
		},
		"no config": {
			func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "config.json")) }, ErrNotFolder,
			"model folder DIR has no config.json; give a Hugging Face folder of an encoder, as a BERT",
		},
		"a file": {
			func(t *testing.T, dir string) { remove(t, dir); put(t, dir, "x") }, ErrNotFolder,
			"model folder DIR is a file; give the folder that holds config.json",
		},
		"config is not JSON": {
			func(t *testing.T, dir string) { put(t, filepath.Join(dir, "config.json"), "{") }, ErrConfig,
			"model folder DIR: config.json is not JSON: unexpected end of JSON input",
		},
		"config has a wrong type": {
			func(t *testing.T, dir string) {
				editConfig(t, dir, func(c map[string]any) { c["hidden_size"] = "8" })
			}, ErrConfig,
			"model folder DIR: config.json: key hidden_size is a string, want a whole number",
		},
		"another kind of model": {
			func(t *testing.T, dir string) {
				editConfig(t, dir, func(c map[string]any) {
					c["model_type"], c["position_embedding_type"], c["hidden_act"] = "gpt2", "relative_key", "swish"
				})
			}, ErrUnsupported,
			`model folder DIR: config.json: model_type is "gpt2", supported are albert, bert, camembert, deberta-v2, distilbert, electra, modernbert, mpnet, roberta, xlm-roberta
model folder DIR: config.json: position_embedding_type is "relative_key", only "absolute" is supported
model folder DIR: config.json: hidden_act is "swish", supported are gelu, gelu_new, relu`,
		},
		"impossible config": {
			func(t *testing.T, dir string) {
				editConfig(t, dir, func(c map[string]any) {
					c["num_attention_heads"], c["vocab_size"], c["hidden_dropout_prob"], c["classifier_dropout"] = 3, 0, 1.5, 0.2
					c["id2label"] = map[string]string{"0": "a", "2": "b"}
				})
			}, ErrConfig,
			`model folder DIR: config.json: vocab_size is 0, want at least 1
model folder DIR: config.json: hidden_size 8 is not a multiple of num_attention_heads 3
model folder DIR: config.json: hidden_dropout_prob is 1.5, want 0 or more and less than 1
model folder DIR: config.json: id2label has 2 classes, but their ids are not 0 to 1`,
		},
		"no weights": {
			func(t *testing.T, dir string) { remove(t, filepath.Join(dir, safetensorsFile)) }, ErrNoWeights,
			"model folder DIR has neither model.safetensors nor pytorch_model.bin",
		},
		"a pointer in place of weights": {
			func(t *testing.T, dir string) {
				put(t, filepath.Join(dir, safetensorsFile), lfsPointer+"/spec/v1\noid sha256:00\nsize 1\n")
			}, ErrCorrupt,
			"model folder DIR: model.safetensors is a Git LFS pointer, not the file itself; run git lfs pull",
		},
		"a header beyond the file": {
			func(t *testing.T, dir string) {
				put(t, filepath.Join(dir, safetensorsFile), "\xff\xff\xff\xff\xff\xff\xff\x7f{}")
			}, ErrCorrupt,
			"model folder DIR: model.safetensors is damaged: its header claims 9223372036854775807 bytes of a file of 10 (at most 4194304 are read)",
		},
		"a file cut short": {
			func(t *testing.T, dir string) {
				if err := os.Truncate(filepath.Join(dir, safetensorsFile), 9000); err != nil {
					t.Fatal(err)
				}
			}, ErrCorrupt, "", // which tensor comes last is transformers' affair
		},
		"not a pickle": {
			func(t *testing.T, dir string) {
				remove(t, filepath.Join(dir, safetensorsFile))
				put(t, filepath.Join(dir, pickleFile), "hello")
			}, ErrCorrupt,
			"model folder DIR: pytorch_model.bin is damaged: not a pickle of tensors: it reads a memo entry that was never stored at byte 0",
		},
		"a shard outside": {
			func(t *testing.T, dir string) {
				remove(t, filepath.Join(dir, safetensorsFile))
				put(t, filepath.Join(dir, safetensorsIndex), `{"weight_map":{"x":"../y"}}`)
			}, ErrCorrupt,
			`model folder DIR: model.safetensors.index.json names the shard "../y" outside the folder`,
		},
		"tensors missing, misshapen, too many": {
			func(t *testing.T, dir string) {
				editTensors(t, dir, func(all map[string]Tensor) {
					delete(all, "bert.encoder.layer.1.attention.self.query.weight")
					delete(all, "bert.pooler.dense.bias")
					all["bert.embeddings.LayerNorm.bias"] = Tensor{Shape: []int64{9}, Data: make([]float32, 9)}
					all["bert.encoder.layer.0.intermediate.dense.weight"] = Tensor{Shape: []int64{8, 12}, Data: make([]float32, 96)}
					all["bert.encoder.layer.2.output.dense.bias"] = Tensor{Shape: []int64{8}, Data: make([]float32, 8)}
					all["bert.encoder.layer.5.output.dense.bias"] = Tensor{Shape: []int64{8}, Data: make([]float32, 8)}
					all["embeddings.word_embeddings.weight"] = all["bert.embeddings.word_embeddings.weight"]
					delete(all, classifierBias)
				})
			}, ErrTensors,
			`model folder DIR: tensor embeddings.word_embeddings.weight appears twice, under an old and a new name
model folder DIR: tensor embeddings.LayerNorm.bias has shape [9], want [8]
model folder DIR: tensor encoder.layer.0.intermediate.dense.weight has shape [8 12], want [12 8]
model folder DIR: tensor encoder.layer.1.attention.self.query.weight is missing
model folder DIR: tensor pooler.dense.bias is missing
model folder DIR: config.json: num_hidden_layers is 2, but there are tensors up to layer 5
model folder DIR: tensor classifier.bias is missing`,
		},
		"classes do not fit the head": {
			func(t *testing.T, dir string) {
				editConfig(t, dir, func(c map[string]any) { c["id2label"] = map[string]string{"0": "a", "1": "b"} })
			}, ErrTensors,
			`model folder DIR: tensor classifier.weight has shape [3 8], want [2 8] (2 classes)
model folder DIR: tensor classifier.bias has shape [3], want [2] (2 classes)`,
		},
		"heads are no list": {
			func(t *testing.T, dir string) { put(t, filepath.Join(dir, headsFile), "[") }, ErrCorrupt,
			"model folder DIR: heads.json is not a list of heads: unexpected end of JSON input",
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := copyFolder(t, "classifier-f32")
			test.spoil(t, dir)
			_, err := Open(dir)
			if !errors.Is(err, test.kind) {
				t.Fatalf("got %v, want a %v", err, test.kind)
			}
			got := strings.ReplaceAll(err.Error(), dir, "DIR")
			if test.want != "" && got != test.want {
				t.Errorf("wrong text (-want +got):\n%s", cmp.Diff(test.want, got))
			}
		})
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

func TestConfigHasTransformersDefaults(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "config.json"), "{}")
	got, err := readConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	// BertConfig() of transformers 4.57.1
	want := BertConfig{
		ModelType: "bert", VocabSize: 30522, HiddenSize: 768, NumHiddenLayers: 12, NumAttentionHeads: 12,
		IntermediateSize: 3072, HiddenAct: "gelu", HiddenDropoutProb: 0.1, AttentionProbsDropoutProb: 0.1,
		MaxPositionEmbeddings: 512, TypeVocabSize: 2, InitializerRange: 0.02, LayerNormEps: 1e-12,
		PositionEmbeddingType: "absolute",
	}
	if diff := cmp.Diff(Config(want), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if rules := got.Head(); rules.Dropout != 0.1 {
		t.Errorf("a head's dropout is %v, want hidden_dropout_prob", rules.Dropout)
	}
}

func TestUnnamedClasses(t *testing.T) {
	dir := copyFolder(t, "classifier-f32")
	editConfig(t, dir, func(c map[string]any) { delete(c, "id2label") })
	heads, err := open(t, dir).Heads()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"LABEL_0", "LABEL_1", "LABEL_2"}, heads[0].Classes); diff != "" {
		t.Error(diff)
	}
}

func TestHeadsOfAnotherKindAreNotTaken(t *testing.T) {
	for key, value := range map[string]any{
		"architectures": []string{"BertForTokenClassification"},
		"problem_type":  "regression", // of three numbers at once
	} {
		dir := copyFolder(t, "classifier-f32")
		editConfig(t, dir, func(c map[string]any) { c[key] = value })
		if heads, err := open(t, dir).Heads(); !errors.Is(err, ErrNoHeads) {
			t.Errorf("%s %v: got %v and %v, want ErrNoHeads", key, value, heads, err)
		}
	}
}
