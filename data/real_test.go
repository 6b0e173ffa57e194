package data_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/datatest"
)

// published is where the real corpora lie, beside the repository.
const published = "../../shared/data"

// loadExample loads the corpora of a run file of examples/.
func loadExample(t *testing.T, path string) []*data.Corpus {
	t.Helper()
	if _, err := os.Stat(published); err != nil {
		t.Skipf("SKIPPED: the real corpora are not at %s, so nothing was tried on real text", published)
	}
	run, err := config.Load(path, config.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var corpora []*data.Corpus
	for _, task := range run.Tasks {
		start := time.Now()
		corpus, err := data.Load(context.Background(), run.BaseDir, task)
		if err != nil {
			t.Fatal(err)
		}
		checkSum(t, corpus)
		t.Logf("%v\n%s", time.Since(start), &corpus.Report)
		corpora = append(corpora, corpus)
	}
	return corpora
}

// numbers is what a report must say; testdata/real.py counts them another way.
type numbers struct {
	Read, Bad, Duplicates, Overlaps, Repeats, Shared, Conflicts int
	Dropped                                                     []data.Count
	ByClass                                                     []int  // in all parts
	Parts                                                       [3]int // train, valid, test
}

func check(t *testing.T, c *data.Corpus, want numbers) {
	t.Helper()
	r := c.Report
	got := numbers{
		Read: r.Read, Bad: r.BadTotal(), Duplicates: r.Duplicates, Overlaps: r.Overlaps, Repeats: r.Repeats,
		Shared: r.Shared, Conflicts: r.Conflicts, Dropped: r.Dropped,
		ByClass: make([]int, len(c.Classes)), Parts: [3]int{c.Train.Len(), c.Valid.Len(), c.Test.Len()},
	}
	for _, part := range []data.PartSize{r.Train, r.Valid, r.Test} {
		for class, n := range part.Classes {
			got.ByClass[class] += n
		}
	}
	if want.Dropped == nil {
		want.Dropped = []data.Count{}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNewsEmp(t *testing.T) {
	check(t, loadExample(t, "../examples/corpora/newsemp.yaml")[0], numbers{
		Read: 1860, Duplicates: 1, ByClass: []int{943, 916}, Parts: [3]int{1488, 185, 186},
	})
	// At random, as in newsemp-single.yaml, nearly every test essay answers an article that
	// training has seen; newsemp-by-article.yaml divides as corpora/newsemp.yaml does.
	for path, want := range map[string]int{"../examples/newsemp-by-article.yaml": 0, "../examples/newsemp-single.yaml": 185} {
		run, err := config.Load(path, config.LoadOptions{Set: []string{"tasks.empathy.data.split.group=article_id"}})
		if err != nil {
			t.Fatal(err)
		}
		byArticle := loadExample(t, path)[0]
		corpus, err := data.Load(context.Background(), run.BaseDir, run.Tasks[0])
		if err != nil {
			t.Fatal(err)
		}
		articleOf := map[int]string{}
		for _, part := range [][]data.Example{datatest.List(t, corpus.Train), datatest.List(t, corpus.Valid), datatest.List(t, corpus.Test)} {
			for _, e := range part {
				articleOf[e.Row] = e.Group
			}
		}
		trained, seen := map[string]bool{}, 0
		for _, e := range datatest.List(t, byArticle.Train) {
			trained[articleOf[e.Row]] = true
		}
		for _, e := range datatest.List(t, byArticle.Test) {
			if trained[articleOf[e.Row]] {
				seen++
			}
		}
		if seen != want {
			t.Errorf("%s: %d of %d test essays answer an article that training has seen, want %d", path, seen, byArticle.Test.Len(), want)
		}
	}
}

// SST-2 is tested on dev; a fiftieth of train's texts, phrases with their sentences, is for
// validation.
func TestSST2(t *testing.T) {
	c := loadExample(t, "../examples/corpora/sst2.yaml")[0]
	check(t, c, numbers{
		Read: 68221, Duplicates: 366, Conflicts: 5, ByClass: []int{30076, 37779}, Parts: [3]int{65643, 1340, 872},
	})
	if g := c.Report.Groups; g.Largest.Rows > 200 || g.Parts[1] < 400 {
		t.Errorf("groups of phrases: %+v", g)
	}
}

func TestGoEmotions(t *testing.T) {
	check(t, loadExample(t, "../examples/corpora/goemotions.yaml")[0], numbers{
		Read: 54263, Duplicates: 110, Overlaps: 49, Repeats: 7, Shared: 10, Conflicts: 14,
		Dropped: []data.Count{{What: `label "neutral" has no class`, Rows: 16021}, {What: "several classes", Rows: 5214}},
		ByClass: []int{5788, 3028, 661, 725, 10322, 3022, 2998, 6325}, Parts: [3]int{26205, 3332, 3332},
	})
}

func TestSemEval(t *testing.T) {
	check(t, loadExample(t, "../examples/corpora/semeval-ec.yaml")[0], numbers{
		Read: 10983,
		Dropped: []data.Count{
			{What: "several classes", Rows: 6560}, {What: "no label", Rows: 293},
			{What: `label "optimism" has no class`, Rows: 130}, {What: `label "pessimism" has no class`, Rows: 19},
			{What: "several labels, none of them with a class", Rows: 18}, {What: `label "love" has no class`, Rows: 7},
		},
		ByClass: []int{211, 173, 105, 400, 2349, 644, 24, 50}, Parts: [3]int{2344, 332, 1280},
	})
}

func TestISEAR(t *testing.T) {
	check(t, loadExample(t, "../examples/corpora/isear.yaml")[0], numbers{
		Read: 7666, Bad: 163, Duplicates: 57, Conflicts: 9,
		Dropped: []data.Count{{What: `text matches "^\\["`, Rows: 198}, {What: `text matches "(?i)^no response\\.?$"`, Rows: 9}},
		ByClass: []int{1044, 1026, 1057, 1023, 1037, 1024, 1028}, Parts: [3]int{5790, 725, 724}, Shared: 1,
	})
}

func TestTheWholeJob(t *testing.T) {
	want := map[string][3]int{"empathy": {1487, 186, 186}, "sentiment": {4000, 1340, 872}, "emotion": {4000, 3332, 3332}}
	got := map[string][3]int{}
	for _, c := range loadExample(t, "../examples/newsemp-kd.yaml") {
		got[c.Task] = [3]int{c.Train.Len(), c.Valid.Len(), c.Test.Len()}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	alone := loadExample(t, "../examples/newsemp-single.yaml")[0]
	if sizes := [3]int{alone.Train.Len(), alone.Valid.Len(), alone.Test.Len()}; sizes != want["empathy"] {
		t.Errorf("the single run has sizes %v", sizes)
	}
}

// The unlabelled test file of SemEval, taken for the labelled one, is found out.
func TestSemEvalWithoutLabels(t *testing.T) {
	if _, err := os.Stat(published); err != nil {
		t.Skipf("SKIPPED: the real corpora are not at %s, so nothing was tried on real text", published)
	}
	run, err := config.Load("../examples/corpora/semeval-ec.yaml", config.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	task := run.Tasks[0]
	task.Data.Test = config.Files{"../../../shared/data/semeval2018_ec/E-c-En-test.txt"}
	_, err = data.Load(context.Background(), run.BaseDir, task)
	var bad *data.BadRowsError
	if !errors.As(err, &bad) || bad.Report.BadTotal() != 3259 {
		t.Errorf("got %v, want 3259 bad rows", err)
	}
}
