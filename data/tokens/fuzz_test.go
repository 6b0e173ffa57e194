package tokens

import (
	"bufio"
	"encoding/json"
	"os"
	"testing"
)

// FuzzOpenFolder reads any bytes as a model folder's tokenizer files: it ends in an encoder whose
// ids can be used, or in an error, and takes no more memory than the files explain.
func FuzzOpenFolder(f *testing.F) {
	folders, err := os.Open("testdata/folders.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	defer folders.Close()
	lines := bufio.NewScanner(folders)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var folder struct {
			Files map[string]string `json:"files"`
		}
		if json.Unmarshal(lines.Bytes(), &folder) == nil && len(folder.Files) > 0 {
			files := folder.Files
			f.Add(files["tokenizer.json"], files["vocab.txt"], files["tokenizer_config.json"], files["added_tokens.json"], "{}")
		}
	}
	if err := lines.Err(); err != nil {
		f.Fatal(err)
	}
	f.Add("", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##b\n", `{"do_lower_case":false}`, `{"<url>":7}`, `{"model_type":"bert"}`)
	f.Add(`{"model":{"type":"WordPiece","vocab":{"[UNK]":0,"a":4294967296}}}`, "", "{}", "", "")
	f.Add(`{"model":{"type":"WordPiece","vocab":{"[UNK]":-1}},"added_tokens":[{"id":9007199254740993,"content":"x"}]}`, "", "", "", "")
	f.Fuzz(func(t *testing.T, tokenizer, vocabulary, config, added, model string) {
		files := map[string]string{}
		for name, text := range map[string]string{
			"tokenizer.json": tokenizer, "vocab.txt": vocabulary, "tokenizer_config.json": config, "added_tokens.json": added, "config.json": model,
		} {
			if text != "" {
				files[name] = text
			}
		}
		e, err := OpenFolder(modelDir(t, files))
		if err != nil {
			return
		}
		for _, text := range []string{"", "hello a ab <url>\x00", "\xff\u0301世"} {
			ids, err := e.Encode(text, 8)
			if err != nil || len(ids) == 0 || len(ids) > 8 {
				t.Fatalf("%q: %d ids, %v", text, len(ids), err)
			}
			for _, id := range ids {
				if id < 0 {
					t.Fatalf("%q: id %d", text, id)
				}
			}
		}
	})
}
