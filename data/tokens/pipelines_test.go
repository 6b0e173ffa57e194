package tokens

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pipelinesReference is what testdata/make_pipelines.py wrote.
type pipelinesReference struct {
	Parts, Made  []string
	Lines, Block int
	Folders      map[string]struct {
		First   [][]int32
		Odd     []string
		Cut     string
		Pairs   map[int]string
		IDs     map[string]int32
		Corpora map[string]string
	}
}

// oddLines draws lines as the script does.
func (r *pipelinesReference) oddLines() []string {
	state := uint64(12345)
	draw := func(n int) int {
		state = state*6364136223846793005 + 1442695040888963407
		return int((state >> 33) % uint64(n))
	}
	lines := make([]string, r.Lines)
	for i := range lines {
		var line strings.Builder
		for range 1 + draw(14) {
			line.WriteString(r.Parts[draw(len(r.Parts))])
		}
		lines[i] = line.String()
	}
	return lines
}

// TestPipelines compares byte-level BPE and unigram tokenizers with transformers: of odd lines, cut ones, pairs, and
// the real corpora where they are.
func TestPipelines(t *testing.T) {
	var reference pipelinesReference
	readReference(t, "testdata/pipelines.json", &reference)
	lines := reference.oddLines()
	for name, want := range reference.Folders {
		t.Run(name, func(t *testing.T) {
			tok, err := Open(filepath.Join("testdata", "pipelines", name))
			if err != nil {
				t.Fatal(err)
			}
			for i, ids := range want.First {
				got, err := tok.Encode(lines[i], 0)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tok.called(ids), tok.called(got)); diff != "" {
					t.Errorf("%+q: transformers (-), this package (+):\n%s", lines[i], diff)
				}
			}
			all := encoded(t, tok, lines, 0)
			for block, hash := range want.Odd {
				if got := blockHash(all[block*reference.Block : (block+1)*reference.Block]); got != hash {
					t.Errorf("odd lines from %d on differ from transformers'", block*reference.Block)
				}
			}
			if got := blockHash(encoded(t, tok, lines, 7)); got != want.Cut {
				t.Error("lines cut to 7 ids differ from transformers'")
			}
			for i := range all {
				if diff := cmp.Diff(encoded(t, tok, lines[i:i+1], 7)[0], tok.Truncate(all[i], 7)); diff != "" {
					t.Fatalf("%q: encoded to 7 (-), truncated to 7 (+):\n%s", lines[i], diff)
				}
			}
			comparePairs(t, tok, &reference, want.Pairs)
			got := map[string]int32{"pad_token": tok.PadID(), "mask_token": tok.MaskID(), "unk_token": tok.UnkID(), "cls_token": tok.ClsID(), "sep_token": tok.SepID()}
			if diff := cmp.Diff(want.IDs, got); diff != "" {
				t.Errorf("special ids: transformers (-), this package (+):\n%s", diff)
			}
			compareCorpora(t, tok, want.Corpora)
		})
	}
}

func comparePairs(t *testing.T, tok *Tokenizer, reference *pipelinesReference, want map[int]string) {
	lines := reference.oddLines()
	var first, second []string
	for i := 0; i < 400; i += 2 {
		first, second = append(first, lines[i]), append(second, lines[i+1])
	}
	for i := range 20 {
		first, second = append(first, strings.Repeat(reference.Made[i], 3)), append(second, reference.Made[i+1])
	}
	for most, hash := range want {
		var all [][]int32
		for i := range first {
			pair, err := tok.Join(encoded(t, tok, first[i:i+1], 0)[0], encoded(t, tok, second[i:i+1], 0)[0], most)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, append(pair.IDs, int32(pair.Second)))
		}
		if got := blockHash(all); got != hash {
			t.Errorf("pairs of at most %d ids differ from transformers'", most)
		}
	}
}

func compareCorpora(t *testing.T, tok *Tokenizer, want map[string]string) {
	for corpus, hash := range want {
		texts, err := readCorpus(corpus)
		if err != nil {
			t.Fatal(err)
		}
		if len(texts) == 0 {
			t.Logf("SKIPPED: ids of %s NOT compared with transformers': it is not under %s", corpus, corporaDir)
			continue
		}
		if raceDetector || testing.Short() {
			t.Logf("SKIPPED: under -race or -short ids of %s are NOT compared", corpus)
			continue
		}
		if got := blockHash(encoded(t, tok, texts, 0)); got != hash {
			t.Errorf("the ids of %s differ from transformers'", corpus)
		}
	}
}

func encoded(t *testing.T, tok *Tokenizer, texts []string, maxLength int) [][]int32 {
	t.Helper()
	ids, err := EncodeAll(t.Context(), tok, texts, maxLength)
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func (t *Tokenizer) called(ids []int32) []string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i], _ = t.nameOf(id)
	}
	return list
}
