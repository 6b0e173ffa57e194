package length_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/length"
	"ringmaster/data/tokens"
)

var words = tokens.CollectWords(nil)

// What is said of lengths is what counting them one by one gives.
func TestOf(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		lengths := rapid.SliceOfN(rapid.IntRange(1, 300), 1, 400).Draw(rt, "lengths")
		most := rapid.IntRange(0, 300).Draw(rt, "max_length")
		order := slices.Clone(lengths)
		got := length.Of("task", lengths, words, most)
		if !slices.Equal(order, lengths) {
			rt.Fatal("the lengths were put into another order")
		}
		holds := func(n int) (whole int) {
			for _, l := range lengths {
				if l <= n {
					whole++
				}
			}
			return whole
		}
		want := length.Report{Task: "task", Unit: "words", MaxLength: most, Texts: len(lengths), Max: slices.Max(lengths)}
		if most > 0 {
			want.Cut = len(lengths) - holds(most)
		}
		for n := 300; n >= 1; n-- {
			for _, q := range []struct {
				percent int
				at      *int
			}{{50, &want.P50}, {95, &want.P95}, {99, &want.P99}} {
				if 100*holds(n) >= q.percent*len(lengths) {
					*q.at = n
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

func TestReport(t *testing.T) {
	hundred := make([]int, 100)
	for i := range hundred {
		hundred[i] = i + 1
	}
	for want, got := range map[string]length.Report{
		"20 of 100 texts (20.0%) are cut at train.max_length, 80 words: a max_length of 99 would fit 99% of them, 100 all": length.Of("t", hundred, words, 80),
		"1 of 100 texts (1.0%) is cut at train.max_length, 99 words: a max_length of 100 would fit all":                    length.Of("t", hundred, words, 99),
		"no text of 100 is cut: the longest has 100 words, and train.max_length is 100":                                    length.Of("t", hundred, words, 100),
		"of 100 texts, half have at most 50 words, 99% have at most 99; the longest has 100":                               length.Of("t", hundred, words, 0),
		"there is no text": length.Of("t", nil, words, 4),
	} {
		if got.String() != want {
			t.Errorf("it says %q,\nwant       %q", got, want)
		}
	}
	r := length.Of("t", hundred, words, 80)
	r.Positions = 90
	if want := "100 all (the model can read 90)"; !strings.HasSuffix(r.String(), want) {
		t.Errorf("it says %q, want %q at the end", r, want)
	}
}

// 308 of NewsEmp's 1,860 essays are longer than 128 tokens of BERT's vocabulary; one of the
// 1,860 is there twice, and is short.
func TestNewsEmpIsCut(t *testing.T) {
	const published = "../../../shared/data"
	if _, err := os.Stat(published); err != nil {
		t.Skipf("SKIPPED: the real corpora are not at %s, so nothing was tried on real text", published)
	}
	tokenizer, err := tokens.Open(filepath.Join(published, "bert_vocab"))
	if err != nil {
		t.Fatal(err)
	}
	corpus, err := data.Load(context.Background(), published, config.Task{Name: "empathy", Data: config.Data{
		Path: config.Files{"newsemp/messages.csv"}, Format: config.CSV, Text: "essay", Label: "empathy_bin",
		Labels: config.Labels{{From: "0", To: "none"}, {From: "1", To: "empathy"}}, Split: config.Split{Train: 0.8, Valid: 0.1, Test: 0.1},
	}})
	if err != nil {
		t.Fatal(err)
	}
	lengths, err := length.Count(context.Background(), tokenizer, corpus)
	if err != nil {
		t.Fatal(err)
	}
	want := length.Report{Task: "empathy", Unit: "tokens", MaxLength: 128, Texts: 1860, Cut: 308, P50: 88, P95: 166, P99: 184, Max: 201}
	if diff := cmp.Diff(want, length.Of("empathy", lengths, tokenizer, 128)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
