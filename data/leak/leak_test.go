package leak

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/shingles"
)

// corpusOf is a corpus of such texts.
func corpusOf(train, valid, test []string) *data.Corpus {
	row := 0
	examples := func(texts []string) data.Part {
		var list []data.Example
		for _, text := range texts {
			list = append(list, data.Example{Row: row, Text: text})
			row++
		}
		part, err := data.PartOf(list)
		if err != nil {
			panic(err)
		}
		return part
	}
	return &data.Corpus{Task: "task", Train: examples(train), Valid: examples(valid), Test: examples(test)}
}

func find(t interface{ Fatal(...any) }, c *data.Corpus) *Report {
	r, err := Find(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// slowly says of every tested text whether another contains it or is nearly it, by comparing
// every text with every other as strings.
func slowly(held, tested []string) (contained, near int) {
	words := func(text string) []string {
		return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	}
	triples := func(list []string) map[string]bool {
		set := map[string]bool{}
		for i := 2; i < len(list); i++ {
			set[strings.Join(list[i-2:i+1], " ")] = true
		}
		return set
	}
	for _, text := range tested {
		of := words(text)
		if len(of) < 4 {
			continue
		}
		inside, like := false, false
		for _, other := range held {
			others := words(other)
			if len(others) < 4 {
				continue
			}
			inside = inside || strings.Contains(" "+strings.Join(others, " ")+" ", " "+strings.Join(of, " ")+" ")
			a, b := triples(of), triples(others)
			both := 0
			for s := range a {
				if b[s] {
					both++
				}
			}
			like = like || float64(both)/float64(len(a)+len(b)-both) >= 0.5
		}
		switch {
		case inside:
			contained++
		case like:
			near++
		}
	}
	return contained, near
}

// TestFindIsExact compares with slowly on texts of few words, so that they have much in
// common, and cuts some of them out of others.
func TestFindIsExact(t *testing.T) {
	met := map[string]bool{}
	rapid.Check(t, func(rt *rapid.T) {
		vocabulary := rapid.IntRange(1, 12).Draw(rt, "vocabulary")
		text := rapid.Custom(func(rt *rapid.T) string {
			var b strings.Builder
			for i, n := range rapid.SliceOfN(rapid.IntRange(0, vocabulary-1), 0, 14).Draw(rt, "words") {
				b.WriteString(rapid.SampledFrom([]string{"", " ", ", ", "! "}).Draw(rt, "between"))
				fmt.Fprintf(&b, " %s", []string{fmt.Sprintf("w%d", n), fmt.Sprintf("W%d", n)}[i%2])
			}
			return b.String()
		})
		train := rapid.SliceOfN(text, 1, 12).Draw(rt, "train")
		test := rapid.SliceOfN(text, 1, 12).Draw(rt, "test")
		for _, other := range train {
			words := strings.Fields(other)
			if len(words) > 4 && rapid.Bool().Draw(rt, "cut one out") {
				from := rapid.IntRange(0, len(words)-4).Draw(rt, "from")
				test = append(test, strings.Join(words[from:rapid.IntRange(from+4, len(words)).Draw(rt, "to")], " "))
			}
			if len(words) > 5 && rapid.Bool().Draw(rt, "change the end of one") {
				test = append(test, strings.Join(words[:len(words)-1], " ")+" changed")
			}
		}
		pair := find(rt, corpusOf(train, nil, test)).Pairs[0]
		contained, near := slowly(train, test)
		if pair.Contained.Rows != contained || pair.Near.Rows != near {
			rt.Fatalf("found %d contained, %d near; there are %d and %d", pair.Contained.Rows, pair.Near.Rows, contained, near)
		}
		met["contained"] = met["contained"] || contained > 0
		met["near"] = met["near"] || near > 0
		met["neither"] = met["neither"] || pair.Share() < 1
	})
	if len(met) != 3 || !met["contained"] || !met["near"] || !met["neither"] {
		t.Errorf("the texts that were drawn try only %v", met)
	}
}

func TestReport(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, texts ...string) {
		rows := "text,label\n"
		for i, text := range texts {
			rows += fmt.Sprintf("%q,%d\n", text, i%2)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(rows), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("train.csv", "The film is great, and so is its music.", "nobody likes the long walk home at night in winter rain", "what a day")
	write("valid.csv", "what a night", "quite another text, and long enough")
	write("test.csv", "great AND so is", "Nobody likes a long walk home at night in winter rain", "what a day it was", "what a day")
	task := config.Task{Name: "film", Data: config.Data{
		Train: config.Files{"train.csv"}, Valid: config.Files{"valid.csv"}, Test: config.Files{"test.csv"}, Format: config.CSV,
		Text: "text", Label: "label", Labels: config.Labels{{From: "0", To: "no"}, {From: "1", To: "yes"}}, Split: config.Split{Train: 1},
	}}
	corpus, err := data.Load(context.Background(), dir, task)
	if err != nil {
		t.Fatal(err)
	}
	report := find(t, corpus)
	want := []Pair{
		{Held: "train", Tested: "valid", Rows: 2, Long: 1, Looked: 1},
		{Held: "train", Tested: "test", Rows: 4, Long: 3, Looked: 3,
			Contained: Finding{1, &Example{"great AND so is", "test.csv:2", "The film is great, and so is its music.", "train.csv:2"}},
			Near:      Finding{1, &Example{"Nobody likes a long walk home at night in winter rain", "test.csv:3", "nobody likes the long walk home at night in winter rain", "train.csv:3"}}},
		{Held: "valid", Tested: "test", Rows: 4, Long: 3, Looked: 3},
	}
	if diff := cmp.Diff(want, report.Pairs); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	const text = `  leaks      1 of 3 test texts of 4 or more words (33.3%) is contained in a train text, 1 more (33.3%) nearly matches one
             test.csv:2 "great AND so is" is in train.csv:2 "The film is great, and so is its music."
             test.csv:3 "Nobody likes a long walk home at night in winter rain" nearly matches train.csv:3 "nobody likes the long walk home at night in winter rain"
             warning: scores on such texts are inflated. Keep rows with common texts in one part (split.group: COLUMN), or test on a file with other texts (test: FILE)
`
	if diff := cmp.Diff(text, report.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	clean := find(t, corpusOf([]string{"one two three four five"}, []string{"six seven eight nine"}, nil))
	if got := clean.String(); got != "  leaks      no text of 4 or more words is contained in, or nearly matches, a text of another part\n" {
		t.Errorf("of parts without anything in common it says %q", got)
	}
	if got := find(t, corpusOf([]string{"one two three four five"}, nil, nil)).String(); got != "" {
		t.Errorf("of one part alone it says %q", got)
	}
}

// alike are texts of which most have most of their words in common.
func alike(from, n int) []string {
	var texts []string
	for i := range n {
		texts = append(texts, fmt.Sprintf("I feel so very sad about person %d who left us in the year of the great flood %d", (from+i)%97, from+i))
	}
	return texts
}

// What would take too long is done for a sample, which is said and has about the same shares.
func TestSample(t *testing.T) {
	var learnt, asked []string
	for i := range 2000 {
		text := fmt.Sprintf("common words that many texts have, %d then %d", i%7, i)
		learnt = append(learnt, text)
		if i%2 == 0 {
			text = fmt.Sprintf("common words that many texts have, %d then %d", i%7, i+5000)
		}
		asked = append(asked, text)
	}
	corpus, v := corpusOf(learnt, nil, asked), shingles.Vocabulary{}
	held := part{name: "train", corpus: corpus, examples: corpus.Train}
	tested := part{name: "test", corpus: corpus, examples: corpus.Test}
	for _, p := range []*part{&held, &tested} {
		var err error
		if p.texts, err = wordsOf(context.Background(), v, p.examples); err != nil {
			t.Fatal(err)
		}
	}
	whole, err := compare(context.Background(), held, tested, usual)
	if err != nil || whole.Looked != 2000 || whole.Contained.Rows != 1000 || whole.Near.Rows != 1000 {
		t.Fatalf("%+v %v", whole, err)
	}
	for _, most := range []limits{{texts: 400, steps: usual.steps}, {texts: 20_000, steps: 3_000_000}} {
		pair, err := compare(context.Background(), held, tested, most)
		if err != nil || pair.Looked < firstBatch || pair.Looked >= 2000 || pair.Long != 2000 {
			t.Fatalf("%+v %v", pair, err)
		}
		if share := float64(pair.Contained.Rows) / float64(pair.Looked); share < 0.35 || share > 0.65 {
			t.Errorf("%d of a sample of %d are contained; half of all are", pair.Contained.Rows, pair.Looked)
		}
		if want := fmt.Sprintf("of a sample of %d of the 2000 test texts", pair.Looked); !strings.Contains(pair.String(), want) {
			t.Errorf("%q does not say %q", pair, want)
		}
	}
}

// A hundred thousand rows are looked at in seconds, even where all are made from one pattern,
// or of few words.
func TestLargeCorporaInSeconds(t *testing.T) {
	tens := 10_000
	if raceDetector || testing.Short() {
		tens = 500
		t.Logf("SAMPLED: under -race or -short %d texts in place of 100,000 are looked at", 10*tens)
	}
	for name, corpus := range map[string]*data.Corpus{
		"alike":     corpusOf(alike(0, 8*tens), alike(100_000, tens), alike(200_000, tens)),
		"scattered": corpusOf(scattered(1, 8*tens, 20_000), scattered(2, tens, 20_000), scattered(3, tens, 20_000)),
		"few words": corpusOf(scattered(1, 2*tens, 12), nil, scattered(3, tens, 12)),
	} {
		start := time.Now()
		report := find(t, corpus)
		took := time.Since(start)
		t.Logf("%s: %v\n%s", name, took, report)
		if took > 3*time.Minute { // a fraction of that on a machine that nobody else uses
			t.Errorf("%s: %v", name, took)
		}
	}
}

// scattered are texts of so many words, the second of which is half as frequent as the first, the
// third a third, and so on.
func scattered(seed uint64, n, vocabulary int) []string {
	random := rand.New(rand.NewPCG(seed, 0))
	var texts []string
	for range n {
		var words []string
		for range 20 {
			words = append(words, fmt.Sprintf("w%d", int(math.Pow(float64(vocabulary), random.Float64()))))
		}
		texts = append(texts, strings.Join(words, " "))
	}
	return texts
}

func TestFindStopsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	why := errors.New("enough")
	cancel(why)
	if _, err := Find(ctx, corpusOf(alike(0, 10), nil, alike(5, 10))); !errors.Is(err, why) {
		t.Errorf("got %v", err)
	}
}

// The old declaration of SST-2 carved its test part from GLUE's training file, which holds
// the phrases of its sentences; dev does not.
func TestSST2IsFoundOut(t *testing.T) {
	const published = "../../../shared/data/sst2_glue"
	if _, err := os.Stat(published); err != nil {
		t.Skipf("SKIPPED: the real corpora are not at %s, so nothing was tried on real text", published)
	}
	corpus, err := data.Load(context.Background(), published, config.Task{Name: "sentiment", Data: config.Data{
		Train: config.Files{"train.tsv"}, Valid: config.Files{"dev.tsv"}, Format: config.TSV, Columns: []string{"label", "sentence"},
		Text: "sentence", Label: "label", Labels: config.Labels{{From: "0", To: "negative"}, {From: "1", To: "positive"}},
		Split: config.Split{Train: 0.8, Valid: 0.1, Test: 0.1, Seed: 13}, Clean: config.Clean{Dedup: true, URLs: true, Users: true}, MaxBad: 0.01,
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, pair := range find(t, corpus).Pairs {
		t.Log(pair)
		switch share := float64(pair.Contained.Rows) / float64(pair.Looked); {
		case pair.Held == "train" && pair.Tested == "test" && (share < 0.80 || share > 0.90):
			t.Errorf("%.3f of the test texts are found in train", share)
		case pair.Tested == "valid" && pair.Share() > 0.01:
			t.Errorf("%.3f of dev's texts are found in train", pair.Share())
		}
	}
}
