package config

import (
	"slices"
	"testing"
)

func TestEveryKeyIsDescribed(t *testing.T) {
	var keys []string
	for _, doc := range Schema() {
		keys = append(keys, doc.Key)
		if doc.Meaning == "" {
			t.Errorf("%s has no meaning in meanings.go", doc.Key)
		}
	}
	for key := range meanings {
		if !slices.Contains(keys, key) {
			t.Errorf("meanings.go describes %s, which is no key", key)
		}
	}
}

func TestSchemaDefaults(t *testing.T) {
	want := map[string]KeyDoc{
		"train.lr":                   {Type: "a number", Default: "2e-05", Env: "RINGMASTER_TRAIN_LR"},
		"train.steps":                {Type: "a whole number", Default: "from epochs", Env: "RINGMASTER_TRAIN_STEPS"},
		"model.base":                 {Type: "text", Env: "RINGMASTER_MODEL_BASE"},
		"tasks.NAME.data.clean.urls": {Type: "true or false", Default: "true"},
		"tasks.NAME.data.labels":     {Type: "a mapping from text to text"},
	}
	for _, doc := range Schema() {
		if w, ok := want[doc.Key]; ok {
			delete(want, doc.Key)
			if w.Key, w.Meaning = doc.Key, doc.Meaning; w != doc {
				t.Errorf("got %+v, want %+v", doc, w)
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("not in the schema: %v", want)
	}
}

// Synonyms are looked up by the key they stand for.
func TestSynonymsStandForKeys(t *testing.T) {
	known := map[string]bool{}
	for _, key := range allKeys() {
		known[key[len(parentOf(key)):]] = true
		known["."+key] = true
	}
	for key := range synonyms {
		if !known["."+key] {
			t.Errorf("%s is no key", key)
		}
	}
}
