package weights

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// encoderForms are what the folders of model/testdata/encoders begin with.
var encoderForms = map[string]string{
	"albert":     `{"model_type": "albert", "num_hidden_layers": 12}`,
	"modernbert": `{"model_type": "modernbert"}`,
	"deberta-v2": `{"model_type": "deberta-v2", "relative_attention": true, "share_att_key": true, "pos_att_type": "p2c|c2p", "norm_rel_ebd": "layer_norm", "position_biased_input": false}`,
}

func readForm(t *testing.T, form string, changes map[string]any) (BertConfig, []string) {
	t.Helper()
	fields := map[string]any{}
	if err := json.Unmarshal([]byte(encoderForms[form]), &fields); err != nil {
		t.Fatal(err)
	}
	for key, value := range changes {
		fields[key] = value
	}
	text, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	c, err := readBertConfig("folder", text, form)
	if err != nil {
		t.Fatal(err)
	}
	lines, _ := c.problems()
	return c, lines
}

// What of an architecture cannot be computed is refused by the key that asks for it, and nothing else is.
func TestFormsAreRefusedByTheirKeys(t *testing.T) {
	for form := range encoderForms {
		if _, lines := readForm(t, form, nil); len(lines) > 0 {
			t.Errorf("%s is refused: %v", form, lines)
		}
	}
	for _, c := range []struct {
		form, key string
		value     any
	}{
		{"albert", "inner_group_num", 2},
		{"albert", "num_hidden_groups", 0},
		{"albert", "num_hidden_groups", 13},
		{"modernbert", "norm_bias", true},
		{"modernbert", "attention_bias", true},
		{"modernbert", "mlp_bias", true},
		{"modernbert", "classifier_bias", true},
		{"modernbert", "decoder_bias", false},
		{"modernbert", "classifier_pooling", "max"},
		{"modernbert", "classifier_activation", "relu"},
		{"modernbert", "embedding_dropout", 0.1},
		{"modernbert", "layer_types", []string{"sliding_attention", "full_attention"}},
		{"modernbert", "rope_parameters", map[string]any{"full_attention": map[string]any{"rope_type": "yarn"}}},
		{"modernbert", "global_attn_every_n_layers", 0},
		{"modernbert", "global_rope_theta", 0},
		{"modernbert", "num_attention_heads", 256},
		{"modernbert", "hidden_activation", "swish"},
		{"deberta-v2", "relative_attention", false},
		{"deberta-v2", "share_att_key", false},
		{"deberta-v2", "pos_att_type", []string{"c2p"}},
		{"deberta-v2", "norm_rel_ebd", "none"},
		{"deberta-v2", "position_biased_input", true},
		{"deberta-v2", "conv_kernel_size", 3},
		{"deberta-v2", "type_vocab_size", 2},
		{"deberta-v2", "pooler_hidden_act", "tanh"},
		{"deberta-v2", "pooler_dropout", 0.1},
		{"deberta-v2", "legacy", false},
	} {
		_, lines := readForm(t, c.form, map[string]any{c.key: c.value})
		if len(lines) != 1 || !strings.Contains(lines[0], c.key) {
			t.Errorf("%s with %s: %v: %q", c.form, c.key, c.value, lines)
		}
	}
}

// Transformers 5 writes a ModernBERT's layers and angles in other words than 4.
func TestRotaryFormsOfBothVersions(t *testing.T) {
	older, _ := readForm(t, "modernbert", map[string]any{
		"num_hidden_layers": 4, "global_attn_every_n_layers": 2, "global_rope_theta": 500.0, "local_rope_theta": 100.0,
	})
	newer, lines := readForm(t, "modernbert", map[string]any{
		"num_hidden_layers": 4, "layer_types": []string{globalLayer, localLayer, globalLayer, localLayer},
		"rope_parameters": map[string]any{
			globalLayer: map[string]any{"rope_theta": 500.0, "rope_type": "default"}, localLayer: map[string]any{"rope_theta": 100.0, "rope_type": "default"},
		},
	})
	if diff := cmp.Diff(older, newer); diff != "" || len(lines) > 0 {
		t.Errorf("%s %v", diff, lines)
	}
}

// Reading one folder's configuration changes no other's.
func TestFormsAreTheirOwn(t *testing.T) {
	first, _ := readForm(t, "modernbert", map[string]any{"local_attention": 4})
	second, _ := readForm(t, "modernbert", nil)
	if first.LocalAttention != 4 || second.LocalAttention != 128 {
		t.Errorf("%d and %d", first.LocalAttention, second.LocalAttention)
	}
	c, err := readBertConfig("folder", []byte(`{"model_type": "bert", "local_attention": 4, "num_hidden_groups": 2, "share_att_key": true}`), "bert")
	if err != nil || c.SharedLayers != nil || c.Rotary != nil || c.Disentangled != nil {
		t.Errorf("a BERT with another's keys: %+v, %v", c, err)
	}
}

// An ALBERT's layers are one to a rate and to freezing.
func TestSharedLayers(t *testing.T) {
	c, _ := readForm(t, "albert", map[string]any{"num_hidden_layers": 5, "num_hidden_groups": 2})
	var of []int
	for i := range c.NumHiddenLayers {
		of = append(of, c.StoredLayer(i))
	}
	if !slices.Equal(of, []int{0, 0, 0, 1, 1}) { // transformers: int(i / (5 / 2))
		t.Errorf("layers have the parameters of groups %v", of)
	}
	parts := Layout(c, LoRA{}, []HeadShape{{Task: "t", Classes: 2}})
	for frozen, ok := range map[Frozen]bool{0: true, 1: true, WholeEncoder: true, 2: false, 3: false} {
		if _, err := FirstTrained(c, parts, frozen); (err == nil) != ok || !ok && !errors.Is(err, ErrFrozen) {
			t.Errorf("frozen %d: %v", frozen, err)
		}
	}
	for name, want := range map[string]int{
		"bert.embeddings.LayerNorm.weight": 0, "bert.encoder.layer.0.output.dense.weight": 1, "bert.encoder.layer.1.output.dense.weight": 2,
		"bert.pooler.dense.weight": 3, "head.t.weight": 4,
	} {
		if got, heads := Depth(c, name); got != want || heads != 4 {
			t.Errorf("%s is at depth %d of %d, want %d of 4", name, got, heads, want)
		}
	}
}

func TestJoinedTensors(t *testing.T) {
	j := joinedTensors{name: "attn.Wqkv", parts: []string{"query", "key", "value"}}
	found := map[string]entry{
		"model.layers.0.attn.Wqkv.weight": {file: "f", shape: []int64{6, 4}, offset: 10, size: 96},
		"model.layers.1.attn.Wqkv.weight": {file: "f", shape: []int64{7, 4}},
		"model.layers.0.attn.Wo.weight":   {file: "f", shape: []int64{6, 4}},
	}
	j.divide(found)
	want := map[string]entry{
		"model.layers.0.attn.Wqkv.query.weight": {file: "f", shape: []int64{2, 4}, offset: 10, size: 32},
		"model.layers.0.attn.Wqkv.key.weight":   {file: "f", shape: []int64{2, 4}, offset: 42, size: 32},
		"model.layers.0.attn.Wqkv.value.weight": {file: "f", shape: []int64{2, 4}, offset: 74, size: 32},
		"model.layers.1.attn.Wqkv.weight":       {file: "f", shape: []int64{7, 4}},
		"model.layers.0.attn.Wo.weight":         {file: "f", shape: []int64{6, 4}},
	}
	if diff := cmp.Diff(want, found, cmp.AllowUnexported(entry{})); diff != "" {
		t.Error(diff)
	}
	joined := j.join([]Tensor{
		{Name: "x.attn.Wqkv.value.weight", Shape: []int64{1, 2}, Data: []float32{5, 6}}, {Name: "y", Shape: []int64{1}, Data: []float32{9}},
		{Name: "x.attn.Wqkv.query.weight", Shape: []int64{1, 2}, Data: []float32{1, 2}}, {Name: "x.attn.Wqkv.key.weight", Shape: []int64{1, 2}, Data: []float32{3, 4}},
	})
	if diff := cmp.Diff([]Tensor{
		{Name: "y", Shape: []int64{1}, Data: []float32{9}},
		{Name: "x.attn.Wqkv.weight", Shape: []int64{3, 2}, Data: []float32{1, 2, 3, 4, 5, 6}},
	}, joined); diff != "" {
		t.Error(diff)
	}
}
