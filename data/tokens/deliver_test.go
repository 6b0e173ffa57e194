package tokens

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/data/replace"
)

// delivery is a tokenizer with the cleaning that training had and the length that it cut to.
type delivery struct {
	name      string
	files     map[string]string
	cleaning  []replace.Step
	maxLength int
	problems  int // what tokenizer.json cannot express
}

func deliveries(vocabulary string) []delivery {
	plain := map[string]string{"vocab.txt": vocabulary}
	cased := map[string]string{"vocab.txt": vocabulary, "tokenizer_config.json": `{"tokenizer_class": "BertTokenizer", "do_lower_case": false,
		"model_max_length": 512, "name_or_path": "elsewhere"}`}
	added := map[string]string{"vocab.txt": vocabulary, "added_tokens.json": `{"<url>": 69, "@user_tok": 70, "[e3]": 71}`,
		"tokenizer_config.json": `{"additional_special_tokens": ["[e3]", "[E1]"]}`}
	others := map[string]string{"vocab.txt": vocabulary,
		"tokenizer_config.json": `{"unk_token": "<unk>", "cls_token": "<s>", "sep_token": "</s>", "pad_token": "a", "mask_token": "[E1]"}`}
	both := []replace.Step{replace.Links("<URL>"), replace.Names("<USER>")}
	literal := []replace.Step{replace.Literal("*x*", "[MASK]"), replace.Literal("e", "ee"), replace.Literal(".", " "), replace.Literal("\n", "$1 \\1")}
	return []delivery{
		{"plain", plain, nil, 12, 0},
		{"plain, links and names", plain, both, 12, 0},
		{"plain, all", plain, append(slices.Clone(literal), both...), 0, 0},
		{"cased", cased, nil, 7, 0},
		{"cased, all", cased, append(slices.Clone(literal), both...), 30, 0},
		{"added tokens", added, nil, 12, 0},
		{"added tokens, links and names", added, both, 12, 1}, // @user_tok is a name
		{"other special tokens", others, nil, 12, 0},
		{"other special tokens, all", others, append(slices.Clone(both), literal[:1]...), 12, 0},
		{"special token taken away", plain, []replace.Step{replace.Literal("[SEP]", " ")}, 12, 1},
	}
}

func deliveredTexts(reference foldersReference) []string {
	texts := append(slices.Clone(reference.Texts),
		"@anna_b I am so sorry, see https://example.org/a?b=c for the fund", "me@example.org @@a a@b @a@b @é_1: (@x)", "@", "@ a", "é@a",
		"HTTPS://X.ORG/[MASK]b", "www.a.b/[SEP]", "xwww.a.b éwww.a.b", "http://", "https://a.b/c).", "www.", "see *x* *x**x*", "[SEP]", " [SEP] ",
		"@[MASK] @a[MASK]@b", "https://a.b\u00a0c", "https://a.b\u3000c", "https://a.b\vc", "httpſ://a.b", "ｈttp://a.b wWw.a.b", "@\U000323b0 @\U0001e4d0",
		"line\none.\n@two", "\uffff\ufdd0\uffff [MASK] \ufffe", "[mask] [Mask] [MASK", "[MA\u200bSK] [MASK\u200b] [\u00adSEP] <u\u200brl> <U\u200bRL> [e\u200b3] [E\u200b3]", strings.Repeat("sad https://a.b/c @d ", 40))
	parts := []string{"https://", "HTTP://", "www.", "@", "@", "_", "a", "b", "é", "e\u0301", "[MASK]", "[SEP]", "[mask]", "[E1]", "<URL>", "<", ">", "\"",
		".", ",", "…", "”", "!", "(", ")", "[", "]", "{", "'", " ", " ", "\u00a0", "\n", "\t", "\v", "\u2028", "\u200b", "x.org/", "👍", "ſ", "1", "²", "ǅ", "世",
		"\u0301", "\uffff", "*x*", "<url>", "@user_tok", "-", "/", "?", "#", "&", "\U000323b0", "İ"}
	random := rand.New(rand.NewPCG(12, 4))
	for range 150 {
		var text strings.Builder
		for range 3 + random.IntN(12) {
			text.WriteString(parts[random.IntN(len(parts))])
		}
		texts = append(texts, text.String())
	}
	return texts
}

// deliveredReference is testdata/delivered.json: what transformers gave, and a hash of the files that it was asked about.
type deliveredReference map[string]struct {
	Files string
	IDs   [][]int32
}

// TestDelivered: transformers and this package read from a delivered folder, of raw texts, the ids that training saw
// of cleaned ones.
func TestDelivered(t *testing.T) {
	folders := readFolders(t)
	texts := deliveredTexts(folders)
	vocabulary := strings.Join(folders.Vocabulary, "\n") + "\n"
	const referencePath = "testdata/delivered.json"
	reference := deliveredReference{}
	content, err := os.ReadFile(referencePath)
	if err != nil && !*update {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &reference); err != nil && !*update {
		t.Fatal(err)
	}
	python := os.Getenv("RINGMASTER_PEER_PYTHON")
	if python == "" {
		t.Log("NOT ASKED ANEW: transformers' answers are those of testdata/delivered.json; set RINGMASTER_PEER_PYTHON to ask it (-update writes the file)")
	}
	for _, d := range deliveries(vocabulary) {
		t.Run(d.name, func(t *testing.T) {
			trained, err := Open(modelDir(t, d.files))
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(`{"model_type": "bert"}`), 0o644); err != nil {
				t.Fatal(err)
			}
			after, problems, err := trained.After(d.cleaning)
			if err != nil {
				t.Fatal(err)
			}
			if len(problems) != d.problems {
				t.Errorf("problems %q, want %d", problems, d.problems)
			}
			if err := after.Deliver(dir, modelDir(t, d.files), d.maxLength, true); err != nil {
				t.Fatal(err)
			}
			theirs := reference[d.name].IDs
			if python != "" {
				theirs = askTransformers(t, python, dir, texts)
			} else if reference[d.name].Files != filesHash(t, dir) {
				t.Fatal("other files are written than transformers was asked about: set RINGMASTER_PEER_PYTHON and run with -update")
			}
			if *update {
				kept := reference[d.name]
				kept.Files, kept.IDs = filesHash(t, dir), theirs
				reference[d.name] = kept
			}
			read, err := Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			for i, text := range texts {
				if i >= len(theirs) {
					t.Fatalf("transformers was asked about %d texts, not %d: run with -update", len(theirs), len(texts))
				}
				want, err := trained.Encode(applyAll(d.cleaning, text), d.maxLength)
				if err != nil {
					t.Fatal(err)
				}
				own, err := read.Encode(text, d.maxLength)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(theirs[i], own); diff != "" {
					t.Errorf("%q: transformers (-), this package (+), from the delivered folder:\n%s", text, diff)
				}
				if diff := cmp.Diff(want, own); diff != "" && d.problems == 0 {
					t.Errorf("%q: in training (-), from the delivered folder (+):\n%s", text, diff)
				}
			}
			back, err := read.Cleaned(len(d.cleaning))
			if err != nil {
				t.Fatal(err)
			}
			if back.Hash() != trained.Hash() {
				t.Error("without the cleaning it is another tokenizer than the one that was delivered")
			}
			if d.maxLength > 0 && read.MaxLength() != d.maxLength {
				t.Errorf("model_max_length is %d, want %d", read.MaxLength(), d.maxLength)
			}
		})
	}
	if *update {
		content, err := json.Marshal(reference)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(referencePath, append(bytes.ReplaceAll(content, []byte("},"), []byte("},\n")), '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func askTransformers(t *testing.T, python, dir string, texts []string) (ids [][]int32) {
	t.Helper()
	asked, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), python, "testdata/ask_transformers.py", dir)
	command.Stdin, command.Stderr = bytes.NewReader(asked), os.Stderr
	answer, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(answer, &ids); err != nil {
		t.Fatal(err)
	}
	return ids
}

// filesHash leaves out which characters Go's version counts as letters.
func filesHash(t *testing.T, dir string) string {
	t.Helper()
	h := sha256.New()
	letters, err := json.Marshal(replace.Names("").Regex)
	if err != nil {
		t.Fatal(err)
	}
	letters = []byte(strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(string(letters)))
	for _, name := range []string{"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		h.Write(bytes.ReplaceAll(content, letters, []byte(`"names"`)))
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}
