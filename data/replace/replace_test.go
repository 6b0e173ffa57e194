package replace

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

var update = flag.Bool("update", false, "write testdata/reference.json anew, with RINGMASTER_PEER_PYTHON")

var steps = []Step{Links("<URL>"), Names("<USER>"), Names("$1"), Literal("a", "\\1$0"), Literal("*.", "+"), Literal("é", "e"), Literal("\n", " "), Trim(), TrimWords()}

// texts are hard ones, and random ones of what the patterns are about.
func texts() []string {
	list := []string{
		"", "@anna_b see https://example.org/a?b=c.", "me@example.org @@a a@b @a@b @é_1: (@x)", "@", "@ a", "é@a", "_@a", "1@a", "-@a", "@a @b,@c\n@d",
		"HTTPS://X.ORG/a", "www.a.b", "xwww.a.b", "éwww.a.b", "_www.a.b", "1www.a.b", "-www.a.b", "WwW.a", "www.", "www..", "http://", "http://.", "https://a",
		"(https://a.b/c).", "https://a.b/c)]}…’”!", "<https://a.b>", "\"https://a.b\"", "https://a.b\u00a0c", "https://a.b\vc", "https://a.b\fc", "https://a.b\u2028c",
		"httpſ://a.b", "ｈttp://a.b", "https://a.b https://c.d www.e.f", "https://a.bhttps://c.d", "*. a.*.*", "e\u0301é", " \u00a0a b\n c\u3000\v", "\n \n", "\na\n\nb\n", "\u0085\u1680a\u2028\u205f", "\u200b a \ufeff", "@\u0301a @a\u0301b", "@ǅ²Ⅳ½", "@世界 @नमस्ते @สวัสดี",
	}
	parts := []string{"https://", "http://", "HTTP://", "httpſ://", "www.", "WWW.", "@", "@", "_", "a", "w", "1", "é", "e\u0301", "²", "世", "ǅ", "ſ", "K", "<", ">", "\"",
		".", ",", "…", "”", "’", "!", "?", "(", ")", "[", "]", "{", "}", "'", ":", ";", " ", " ", "\u00a0", "\n", "\t", "\r", "\v", "\f", "\u2028", "\u3000", "\u200b", "/", "*.", "👍", "\u0301"}
	random := rand.New(rand.NewPCG(3, 5))
	for range 500 {
		var text strings.Builder
		for range 1 + random.IntN(10) {
			text.WriteString(parts[random.IntN(len(parts))])
		}
		list = append(list, text.String())
	}
	// Every kind of character beside an @ and in a name, a few of each.
	for r := rune(0x80); r < unicode.MaxRune; r += 1 + rune(random.IntN(2400)) {
		if r < 0xD800 || r > 0xDFFF {
			list = append(list, string(r)+"@"+string(r)+" @a"+string(r)+"b www.a"+string(r)+"c "+string(r)+"www.a")
		}
	}
	return list
}

// TestReference compares with what Hugging Face's library makes of the same patterns.
func TestReference(t *testing.T) {
	const path = "testdata/reference.json"
	if python := os.Getenv("RINGMASTER_PEER_PYTHON"); python != "" && *update {
		asked, err := json.Marshal(map[string]any{"steps": steps, "texts": texts()})
		if err != nil {
			t.Fatal(err)
		}
		command := exec.CommandContext(t.Context(), python, "testdata/make_reference.py", path)
		command.Stdin, command.Stderr = bytes.NewReader(asked), os.Stderr
		if err := command.Run(); err != nil {
			t.Fatal(err)
		}
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var reference struct{ Answers [][]string }
	if err := json.Unmarshal(content, &reference); err != nil {
		t.Fatal(err)
	}
	for i, step := range steps {
		for j, text := range texts() {
			if got, want := step.Apply(text), reference.Answers[i][j]; got != want {
				t.Errorf("%s: %q becomes %q, there %q", step, text, got, want)
			}
		}
	}
}

// TestNamesMeansLetters: the ranges that are written are Go's letters and numbers.
func TestNamesMeansLetters(t *testing.T) {
	plain := regexp.MustCompile(`(^|[^\p{L}\p{N}_@])@[\p{L}\p{N}_]+`)
	step := Names("<USER>")
	check := func(text string) {
		if got, want := step.Apply(text), plain.ReplaceAllString(text, "${1}<USER>"); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
	for _, text := range texts() {
		check(text)
	}
	stride := rune(1)
	if testing.Short() {
		t.Log("SAMPLED: under -short one character in 61 is compared")
		stride = 61
	}
	for r := rune(0); r < unicode.MaxRune; r += stride {
		if r < 0xD800 || r > 0xDFFF {
			check(string(r) + "@a @" + string(r))
		}
	}
}

func TestParse(t *testing.T) {
	for _, step := range steps {
		if step.Regex == "" {
			continue
		}
		read, err := Parse(step.Regex, step.With)
		if err != nil {
			t.Fatal(err)
		}
		if !read.Equal(step) || read.Apply("@a www.b.c") != step.Apply("@a www.b.c") {
			t.Errorf("%s is read as %s", step, read)
		}
	}
	older, err := Parse(`(?<![\x{41}-\x{5A}\x{61}-\x{7A}_@])@[\x{41}-\x{5A}\x{61}-\x{7A}_]+`, "<N>")
	if err != nil {
		t.Fatal(err)
	}
	if got := older.Apply("@anna é@anna @é"); got != "<N> é<N> @é" {
		t.Errorf("with other tables of letters: %q", got)
	}
	for _, other := range []string{"", "a", `@\w+`, `(?<![\x{41}-\x{5A}_@])@[\x{41}-\x{5B}_]+`, linkPattern + "x"} {
		if _, err := Parse(other, ""); !errors.Is(err, ErrUnknownPattern) {
			t.Errorf("%q: got %v", other, err)
		}
	}
}
