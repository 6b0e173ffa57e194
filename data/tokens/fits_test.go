package tokens

import (
	"errors"
	"strings"
	"testing"
)

func TestFits(t *testing.T) {
	for _, c := range []struct {
		name        string
		files       map[string]string
		rows, padID int
		says        string // empty: they fit
	}{
		{"as many rows", map[string]string{"vocab.txt": smallVocab}, 8, 0, ""},
		{"more rows", map[string]string{"vocab.txt": smallVocab}, 30, 29, ""},
		{"fewer rows", map[string]string{"vocab.txt": smallVocab}, 7, 0, "vocab.txt has ids up to 7, but config.json's vocab_size is 7"},
		{"a row for an added token", map[string]string{"vocab.txt": smallVocab, "added_tokens.json": `{"<url>": 8}`}, 9, 0, ""},
		{"no row for an added token", map[string]string{"vocab.txt": smallVocab, "added_tokens.json": `{"<url>": 8}`}, 8, 0, `the added token "<url>" has the id 8`},
		{"no row for [MASK]", map[string]string{"vocab.txt": strings.Replace(smallVocab, "[MASK]\n", "", 1)}, 7, 0, `"[MASK]" has the id 7`},
		{"[MASK] left out", map[string]string{"vocab.txt": strings.Replace(smallVocab, "[MASK]\n", "", 1), "tokenizer_config.json": `{"mask_token": null}`}, 7, 0, ""},
		{"pad_token_id too great", map[string]string{"vocab.txt": smallVocab}, 8, 8, "pad_token_id 8"},
		{"pad_token_id below 0", map[string]string{"vocab.txt": smallVocab}, 8, -1, "pad_token_id -1"},
		{"as many words", map[string]string{"words.txt": "<pad>\n<unk>\nsad\n"}, 3, 0, ""},
		{"more words", map[string]string{"words.txt": "<pad>\n<unk>\nsad\n"}, 2, 0, "words.txt has 3 words"},
	} {
		t.Run(c.name, func(t *testing.T) {
			encoder, err := OpenFolder(modelDir(t, c.files))
			if err != nil {
				t.Fatal(err)
			}
			err = Fits(encoder, "the folder", c.rows, c.padID)
			if c.says == "" && err != nil {
				t.Errorf("got %v", err)
			}
			if c.says != "" && (!errors.Is(err, ErrMisfit) || !strings.Contains(err.Error(), c.says)) {
				t.Errorf("got %v, want ErrMisfit that says %q", err, c.says)
			}
		})
	}
}
