package tokens

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const smallVocab = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\nHello\n##s\n"

func TestOpen(t *testing.T) {
	tok, err := Open(modelDir(t, map[string]string{
		"vocab.txt": strings.ReplaceAll(smallVocab, "\n", "\r\n"),
		"tokenizer_config.json": `{"do_lower_case": false, "mask_token": {"content": "[MASK]", "lstrip": false},
			"added_tokens_decoder": {"3": {"content": "[SEP]", "special": true}}, "truncation_side": "right"}`,
		"tokenizer.json": `{"added_tokens": [{"id": 0, "content": "[PAD]"}], "model": {"type": "WordPiece", "vocab":
			{"[PAD]":0,"[UNK]":1,"[CLS]":2,"[SEP]":3,"[MASK]":4,"hello":5,"Hello":6,"##s":7}}}`,
	}))
	if err != nil {
		t.Fatal(err)
	}
	got := []int32{tok.PadID(), tok.UnkID(), tok.ClsID(), tok.SepID(), tok.MaskID(), int32(tok.VocabSize())}
	if diff := cmp.Diff([]int32{0, 1, 2, 3, 4, 8}, got); diff != "" {
		t.Error(diff)
	}
	ids, err := tok.Encode("hello Hellos [MASK]", 0)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int32{2, 5, 6, 7, 4, 3}, ids); diff != "" {
		t.Error(diff)
	}
}

func TestOpenErrors(t *testing.T) {
	without := func(token string) map[string]string {
		return map[string]string{"vocab.txt": strings.Replace(smallVocab, token+"\n", "", 1)}
	}
	with := func(name, content string) map[string]string {
		return map[string]string{"vocab.txt": smallVocab, name: content}
	}
	vocabularyJSON := func(json string) map[string]string {
		return with("tokenizer.json", `{"model": {"type": "WordPiece", "vocab": `+json+`}}`)
	}
	for _, c := range []struct {
		name  string
		files map[string]string
		want  error
		says  string
	}{
		{"no vocabulary", nil, ErrNoVocabulary, "vocab.txt"},
		{"empty vocabulary", map[string]string{"vocab.txt": ""}, ErrMissingToken, "[CLS]"},
		{"no UTF-8", map[string]string{"vocab.txt": smallVocab + "\xff\n"}, ErrNoVocabulary, "UTF-8"},
		{"no [PAD]", without("[PAD]"), ErrMissingToken, "[PAD]"},
		{"no [UNK]", without("[UNK]"), ErrMissingToken, "[UNK]"},
		{"no [CLS]", without("[CLS]"), ErrMissingToken, "[CLS]"},
		{"no [SEP]", without("[SEP]"), ErrMissingToken, "[SEP]"},
		{"no [MASK]", without("[MASK]"), nil, ""},
		{"config is not JSON", with("tokenizer_config.json", "{"), ErrBadConfig, "tokenizer_config.json"},
		{"config of another type", with("tokenizer_config.json", `{"do_lower_case": "yes"}`), ErrBadConfig, "do_lower_case"},
		{"renamed token", with("tokenizer_config.json", `{"cls_token": "<s>"}`), ErrMissingToken, "has no <s>, its cls_token"},
		{"renamed token object", with("tokenizer_config.json", `{"sep_token": {"content": "</s>"}}`), ErrMissingToken, "has no </s>, its sep_token"},
		{"empty token", with("tokenizer_config.json", `{"sep_token": ""}`), ErrBadConfig, "empty token"},
		{"no token", with("tokenizer_config.json", `{"pad_token": null}`), ErrUnsupported, "pad_token is null"},
		{"token of another type", with("tokenizer_config.json", `{"sep_token": 3}`), ErrBadConfig, "sep_token"},
		{"truncated on the left", with("tokenizer_config.json", `{"truncation_side": "left"}`), ErrUnsupported, "left"},
		{"added token", with("tokenizer_config.json", `{"added_tokens_decoder": {"8": {"content": "<user>"}}}`), nil, ""},
		{"added token with another id", with("tokenizer_config.json", `{"added_tokens_decoder": {"9": {"content": "<user>"}}}`), ErrUnsupported, "<user>"},
		{"added token without id", with("added_tokens.json", `{"<user>": null}`), ErrBadConfig, "<user>"},
		{"added token with a name as id", with("added_tokens.json", `{"<user>": "8"}`), ErrBadConfig, "<user>"},
		{"a tokenizer of its own", with("tokenizer_config.json", `{"auto_map": {"AutoTokenizer": ["a.B", null]}}`), ErrUnsupported, "auto_map"},
		{"as tokenizer.json says, without it", with("tokenizer_config.json", `{"tokenizer_class": "PreTrainedTokenizerFast"}`), ErrNoVocabulary, "tokenizer.json"},
		{"case neither kept nor not", with("tokenizer_config.json", `{"do_lower_case": null}`), ErrBadConfig, "do_lower_case"},
		{"two keys of its own", with("tokenizer_config.json", `{"a_token": "<a>", "b_token": "<b>"}`), ErrUnsupported, "a_token and b_token"},
		{"added token's id", with("tokenizer_config.json", `{"added_tokens_decoder": {"x": {"content": "[SEP]"}}}`), ErrBadConfig, `"x"`},
		{"special token with another id", with("tokenizer_config.json", `{"added_tokens_decoder": {"9": {"content": "[SEP]"}}}`), ErrUnsupported, "[SEP]"},
		{"another model", with("tokenizer.json", `{"model": {"type": "BPE"}}`), ErrUnsupported, "BPE"},
		{"smaller vocabulary", vocabularyJSON(`{"[PAD]":0}`), ErrUnsupported, "one vocabulary"},
		{"another vocabulary", vocabularyJSON(`{"[PAD]":0,"[UNK]":1,"[CLS]":2,"[SEP]":3,"[MASK]":4,"hello":6,"Hello":5,"##s":7}`), ErrUnsupported, "one vocabulary"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Open(modelDir(t, c.files))
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%q does not say %q", err, c.says)
			}
		})
	}
}

// TestLongPiece: a word of more than 100 characters is [UNK] even where the vocabulary has it whole.
func TestLongPiece(t *testing.T) {
	fits, tooLong := strings.Repeat("ж", maxWordChars), strings.Repeat("ж", maxWordChars+1)
	tok, err := Open(modelDir(t, map[string]string{"vocab.txt": smallVocab + fits + "\n" + tooLong + "\n"}))
	if err != nil {
		t.Fatal(err)
	}
	got, err := tok.Encode(fits+" "+tooLong, 0)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int32{tok.ClsID(), 8, tok.UnkID(), tok.SepID()}, got); diff != "" {
		t.Error(diff)
	}
}

// TestWithoutMask: transformers gives [MASK] an id of its own where the vocabulary has none and the name is not null.
func TestWithoutMask(t *testing.T) {
	vocabulary := strings.Replace(smallVocab, "[MASK]\n", "", 1)
	for config, want := range map[string]int32{`{}`: 7, `{"mask_token": null}`: NoID} {
		tok, err := Open(modelDir(t, map[string]string{"vocab.txt": vocabulary, "tokenizer_config.json": config}))
		if err != nil {
			t.Fatal(err)
		}
		if tok.MaskID() != want {
			t.Errorf("%s: MaskID %d, want %d", config, tok.MaskID(), want)
		}
	}
}

func TestHashTellsTokenizersApart(t *testing.T) {
	seen := make(map[string]string)
	add := func(name string, files map[string]string) {
		tok, err := Open(modelDir(t, files))
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[tok.Hash()]; ok {
			t.Errorf("%s and %s have one hash", name, other)
		}
		seen[tok.Hash()] = name
	}
	config := func(json string) map[string]string {
		return map[string]string{"vocab.txt": smallVocab, "tokenizer_config.json": json}
	}
	add("default", map[string]string{"vocab.txt": smallVocab})
	add("one piece more", map[string]string{"vocab.txt": smallVocab + "more\n"})
	add("cased", config(`{"do_lower_case": false}`))
	add("accents kept", config(`{"strip_accents": false}`))
	add("an added token", map[string]string{"vocab.txt": smallVocab, "added_tokens.json": `{"<url>": 8}`})
	add("an added token of a piece", map[string]string{"vocab.txt": smallVocab, "added_tokens.json": `{"hello": 5}`})
	add("a token that strips", config(`{"added_tokens_decoder": {"4": {"content": "[MASK]", "special": true, "lstrip": true}}}`))
	add("other ends", config(`{"cls_token": "[SEP]"}`))
	add("ideographs not spaced", config(`{"tokenize_chinese_chars": false}`))

	same, err := Open(modelDir(t, config(`{"do_lower_case": true, "strip_accents": true, "model_max_length": 512}`)))
	if err != nil {
		t.Fatal(err)
	}
	if seen[same.Hash()] != "default" {
		t.Error("the defaults written out change the hash")
	}
}

func TestMaxLength(t *testing.T) {
	tok := openWith(t, "testdata/small/vocab.txt", `{}`)
	for _, bad := range []int{1, -1} {
		if _, err := tok.Encode("hello", bad); !errors.Is(err, ErrMaxLength) {
			t.Errorf("%d: got %v", bad, err)
		}
		if _, err := EncodeAll(t.Context(), tok, []string{"hello"}, bad); !errors.Is(err, ErrMaxLength) {
			t.Errorf("%d, all: got %v", bad, err)
		}
	}
}

// TestTouchesNothing: the wrapped library has a cache folder in the home directory and prints; none of it may show.
func TestTouchesNothing(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	var logged bytes.Buffer
	log.SetOutput(&logged)
	defer log.SetOutput(os.Stderr)
	stdout, stderr := os.Stdout, os.Stderr
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	os.Stdout, os.Stderr = write, write
	tok, openErr := Open(modelDir(t, map[string]string{"vocab.txt": smallVocab}))
	if openErr == nil {
		_, openErr = tok.Encode("hello ☠ hellos [MASK]", 0)
	}
	os.Stdout, os.Stderr = stdout, stderr
	if err := errors.Join(openErr, write.Close()); err != nil {
		t.Fatal(err)
	}
	printed, err := io.ReadAll(read)
	if err != nil {
		t.Fatal(err)
	}
	if len(printed)+logged.Len() > 0 {
		t.Errorf("printed %q, logged %q", printed, logged.String())
	}
	left, err := os.ReadDir(home)
	if err != nil || len(left) > 0 {
		t.Errorf("left %v in the home directory (%v)", left, err)
	}
}

func TestConcurrentUse(t *testing.T) {
	tok := openWith(t, "testdata/small/vocab.txt", `{}`)
	texts := []string{"unbelievable [MASK] feelings", "İstanbul ☠", "a\u0301b 世界", strings.Repeat("so sad. ", 50)}
	want, err := EncodeAll(t.Context(), tok, texts, 0)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 20 {
				got, err := EncodeAll(t.Context(), tok, texts, 0)
				if err != nil || !cmp.Equal(want, got) {
					t.Errorf("another answer under concurrent use (%v)", err)
				}
			}
		})
	}
	group.Wait()
}

func TestEncodeAll(t *testing.T) {
	tok := openWith(t, "testdata/small/vocab.txt", `{}`)
	texts := slices.Repeat([]string{"a", "sad day", ""}, batchTexts)
	all, err := EncodeAll(t.Context(), tok, texts, 3)
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range texts {
		one, err := tok.Encode(text, 3)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(one, all[i]) {
			t.Fatalf("text %d: alone %v, among others %v", i, one, all[i])
		}
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := EncodeAll(cancelled, tok, texts, 3); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
}

// FuzzEncode holds what is promised for every string of bytes.
func FuzzEncode(f *testing.F) {
	for _, seed := range []string{"", "hello [MASK]", "\xff\xfe", "a\xc3", "\xed\xa0\x80", "[", "[[SEP]", "e\u0301\u302f\u0345",
		strings.Repeat("\u0301", 40), strings.Repeat("x", 101), "世\u200b界", "İ\x00Σ"} {
		f.Add(seed, uint8(5), true)
		f.Add(seed, uint8(0), false)
	}
	uncased := openWith(f, "testdata/small/vocab.txt", `{}`)
	cased := openWith(f, "testdata/small/vocab.txt", `{"do_lower_case": false}`)
	f.Fuzz(func(t *testing.T, text string, limit uint8, lower bool) {
		tok := cased
		if lower {
			tok = uncased
		}
		full, err := tok.Encode(text, 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(full) < 2 || full[0] != tok.ClsID() || full[len(full)-1] != tok.SepID() {
			t.Fatalf("%q: %v does not go from [CLS] to [SEP]", text, full)
		}
		for _, id := range full {
			if id < 0 || int(id) >= tok.VocabSize() {
				t.Fatalf("%q: id %d outside the vocabulary", text, id)
			}
		}
		maxLength := 2 + int(limit)
		want := full
		if len(full) > maxLength {
			want = append(slices.Clone(full[:maxLength-1]), tok.SepID())
		}
		got, err := tok.Encode(text, maxLength)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q cut to %d: got %v, want %v", text, maxLength, got, want)
		}
		if valid, err := tok.Encode(strings.ToValidUTF8(text, "\ufffd"), 0); err != nil || !slices.Equal(valid, full) {
			t.Fatalf("%q: %v as bytes, %v as valid text (%v)", text, full, valid, err)
		}
	})
}
