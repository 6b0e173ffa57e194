package tokens

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"
)

var (
	casesFile = flag.String("cases", "testdata/hard_cases.jsonl", "texts and their expected ids, as testdata/make_reference.py writes them")
	vocabFile = flag.String("vocab", "testdata/small/vocab.txt", "the vocabulary of -cases")
)

// setting is a way to encode; testdata/make_reference.py has the same list.
type setting struct {
	config    string // tokenizer_config.json
	maxLength int
}

var referenceSettings = map[string]setting{
	"uncased":          {`{}`, 0},
	"uncased-128":      {`{}`, 128},
	"uncased-2":        {`{}`, 2},
	"uncased-3":        {`{}`, 3},
	"uncased-6":        {`{}`, 6},
	"cased":            {`{"do_lower_case": false}`, 0},
	"uncased-accents":  {`{"strip_accents": false}`, 0},
	"cased-stripped":   {`{"do_lower_case": false, "strip_accents": true}`, 0},
	"uncased-unspaced": {`{"tokenize_chinese_chars": false}`, 0},
}

// modelDir writes a model's folder: file name → content.
func modelDir(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func openWith(t testing.TB, vocabPath, config string) *Tokenizer {
	t.Helper()
	vocabulary, err := os.ReadFile(vocabPath)
	if err != nil {
		t.Fatal(err)
	}
	tok, err := Open(modelDir(t, map[string]string{"vocab.txt": string(vocabulary), "tokenizer_config.json": config}))
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func openSettings(t *testing.T, vocabPath string) map[string]*Tokenizer {
	t.Helper()
	opened := make(map[string]*Tokenizer)
	for name, s := range referenceSettings {
		opened[name] = openWith(t, vocabPath, s.config)
	}
	return opened
}

// TestCases compares texts one by one with the ids Hugging Face gives them.
func TestCases(t *testing.T) {
	tokenizers := openSettings(t, *vocabFile)
	file, err := os.Open(*casesFile)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<24)
	compared := 0
	for lines.Scan() {
		var c struct {
			Name string
			Text string
			IDs  map[string][]int32
		}
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		for name, want := range c.IDs {
			tok := tokenizers[name]
			if tok == nil {
				t.Fatalf("%s: unknown setting %s", c.Name, name)
			}
			got, err := tok.Encode(c.Text, referenceSettings[name].maxLength)
			if err != nil {
				t.Errorf("%s, %s: %v", c.Name, name, err)
			}
			if diff := cmp.Diff(tok.pieceNames(want), tok.pieceNames(got)); diff != "" {
				t.Errorf("%s, %s: %+.300q: want Hugging Face's (-), got (+)\n%s", c.Name, name, c.Text, diff)
			}
			compared++
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if compared == 0 {
		t.Fatalf("%s holds no cases", *casesFile)
	}
}

// pieceNames makes a difference readable.
func (t *Tokenizer) pieceNames(ids []int32) []string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i], _ = t.words.IdToToken(int(id))
	}
	return names
}

// TestCodePoints compares the words of every code point with those of Hugging Face's normaliser. Where it fails after
// an upgrade of Go or golang.org/x/text, their new Unicode tables have changed a character that is not in tables.go.
func TestCodePoints(t *testing.T) {
	const blockSize = 4096
	var reference struct{ Blocks map[string][]string }
	readReference(t, "testdata/code_points.json", &reference)
	tokenizers := openSettings(t, "testdata/small/vocab.txt")
	sampled := raceDetector || testing.Short()
	if sampled {
		t.Log("SAMPLED: under -race or -short one block in 16 is compared above U+14FFF")
	}
	for name, want := range reference.Blocks {
		t.Run(name, func(t *testing.T) {
			n := tokenizers[name].normaliser
			got := make([]string, len(want))
			var group errgroup.Group
			for block := range want {
				if sampled && block > 20 && block%16 != 0 {
					continue
				}
				group.Go(func() error {
					h := sha256.New()
					for r := rune(block * blockSize); r < rune((block+1)*blockSize); r++ {
						if 0xD800 <= r && r < 0xE000 {
							continue
						}
						c := string(r)
						eachWord(n.normalise("a"+c+"B \u302e"+c+"\U0001d165"+c), func(word string) bool {
							h.Write([]byte(word))
							h.Write([]byte{'\n'})
							return true
						})
						h.Write([]byte{'\n'})
					}
					got[block] = hex.EncodeToString(h.Sum(nil))[:12]
					return nil
				})
			}
			if err := group.Wait(); err != nil {
				t.Fatal(err)
			}
			for block := range want {
				if got[block] != "" && got[block] != want[block] {
					t.Errorf("U+%04X to U+%04X give other words than Hugging Face's", block*blockSize, (block+1)*blockSize-1)
				}
			}
		})
	}
}

func readReference(t *testing.T, path string, into any) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(strings.NewReader(string(content))).Decode(into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
