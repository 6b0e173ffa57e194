package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"ringmaster/model/weights/tinybert"
)

// textsRun writes a run file that pretrains on one corpus of texts, and the corpus.
func textsRun(t *testing.T, corpus, content, declaration string) string {
	t.Helper()
	dir := t.TempDir()
	if err := tinybert.Write(filepath.Join(dir, "tinybert"), tinybert.Config(16)); err != nil {
		t.Fatal(err)
	}
	run := "model: {base: ./tinybert}\nmethod: mlm\ntasks:\n  - name: text\n    pretrain: true\n    data: {path: " + corpus + ", " + declaration + "}\n"
	for name, text := range map[string]string{corpus: content, "run.yaml": run} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "run.yaml")
}

// TestEveryCommandRefusesABadCorpusOfTexts holds that no command that reads a corpus of texts
// alone panics over a bad row, and that all say the same.
func TestEveryCommandRefusesABadCorpusOfTexts(t *testing.T) {
	for name, c := range map[string]struct{ corpus, content, declaration, words string }{
		"a byte that is not UTF-8": {"latin1.txt", "caf\xe9\nhope\n", "format: lines", "latin1.txt:1: the text is not UTF-8; save texts as UTF-8"},
		"an empty cell":            {"empties.csv", "text,id\nhope one,1\n,2\ngood film,3\n", "format: csv, text: text", `1 of 3 rows is bad (33.3%; max_bad allows 1%): 1 missing text; first: empties.csv:3: "text" is empty`},
		"gzip that is cut short":   {"a.txt.gz", "\x1f\x8b\x08\x00", "format: lines", "a.txt.gz cannot be decompressed"},
		"UTF-16":                   {"a.txt", "\xff\xfeh\x00", "format: lines", "the file a.txt is UTF-16: save it as UTF-8"},
		"Parquet":                  {"a.parquet", "PAR1\x00\x00\x00\x00PAR1", "format: lines", "a.parquet is a Parquet file"},
	} {
		run := textsRun(t, c.corpus, c.content, c.declaration)
		for _, command := range [][]string{
			{"data", "check", run}, {"data", "stats", run}, {"config", "validate", run},
		} {
			_, said := expect(t, exitWrongUse, command...)
			if !strings.Contains(said, c.words) || strings.Contains(said, "goroutine") {
				t.Errorf("%s, %s: %s\nwant %s", name, command[:2], said, c.words)
			}
		}
	}
}

// TestPipesAreRefusedAtOnce would hang if one were opened.
func TestPipesAreRefusedAtOnce(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	corpus := textsRun(t, "real.txt", "hope\n", "format: lines")
	text, err := os.ReadFile(corpus)
	if err == nil {
		err = os.WriteFile(corpus, []byte(strings.Replace(string(text), "real.txt", pipe, 1)), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"a corpus":        {"data", "check", corpus},
		"validated":       {"config", "validate", corpus},
		"a run file":      {"config", "validate", pipe},
		"a lexicon":       {"data", "filter", "--lexicon", pipe, "-"},
		"texts to filter": {"data", "filter", "--lexicon", file(t, "lexicon", "hope,1\n"), pipe},
		"a list of words": {"data", "filter", "--lexicon", file(t, "lexicon", "hope,1\n"), "--require", pipe, "-"},
	} {
		_, said := expect(t, exitWrongUse, args...)
		if !strings.Contains(said, "is a pipe, but a regular file is expected") || strings.Count(said, pipe) != 1 {
			t.Errorf("%s: %s", name, said)
		}
	}
}

func TestDataFilterReadsCompressedFiles(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write([]byte("id,text\n1,\"hope, always\"\n2,none\n"))
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	lexicon := file(t, "lexicon", "hope,1\n")
	out, _ := expect(t, 0, "data", "filter", "--lexicon", lexicon, file(t, "a.csv.gz", packed.String()))
	if want := "id,text\n1,\"hope, always\"\n"; out != want {
		t.Errorf("%q, want %q", out, want)
	}
	out, _ = expect(t, 0, "data", "filter", "--lexicon", lexicon, file(t, "a.json", `[{"text": "hope"}, {"text": "no"}]`))
	if want := "{\"text\":\"hope\"}\n"; out != want {
		t.Errorf("%q, want %q", out, want)
	}
	for words, path := range map[string]string{
		"is a Parquet file, which cannot be filtered directly": file(t, "a.parquet", "PAR1"), "cannot be decompressed": file(t, "b.csv.gz", packed.String()[:20]),
		"is UTF-16: save it as UTF-8": file(t, "c.csv", "\xff\xfet\x00"),
	} {
		if _, said := expect(t, exitWrongUse, "data", "filter", "--lexicon", lexicon, path); !strings.Contains(said, words) {
			t.Errorf("%s: %s", words, said)
		}
	}
}

func TestDataTokenizeRefusesWhatIsNoText(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tinybert")
	if err := tinybert.Write(dir, tinybert.Config(16)); err != nil {
		t.Fatal(err)
	}
	for content, words := range map[string]string{
		"hope\ncaf\xe9\n": "standard input:2: the text is not UTF-8", "\xff\xfeh\x00\n\x00": "the file standard input is UTF-16",
	} {
		p := ringmaster(t, "data", "tokenize", "--model", dir)
		p.Stdin = strings.NewReader(content)
		if code := p.run(t); code != exitWrongUse || !strings.Contains(p.errors.String(), words) {
			t.Errorf("%q ends with %d: %s", content, code, &p.errors)
		}
		if want := strings.Count(content, "hope"); strings.Count(p.out.String(), "\n") != want {
			t.Errorf("%q: %q is answered, want %d lines", content, p.out.String(), want)
		}
	}
}
