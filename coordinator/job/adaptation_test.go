package job

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/run/directory"
	"ringmaster/run/plan"
)

// adapting prepares the job of a run file whose student learns news and is tested on tweets.
func adapting(t *testing.T, tweets string, set ...string) (*Job, error) {
	t.Helper()
	dir := t.TempDir()
	news := "label\ttext\n"
	for i := range 40 {
		news += fmt.Sprintf("%d\tnews number %d\n", i%2, i)
	}
	for name, text := range map[string]string{"news.tsv": news, "tweets.tsv": "label\ttext\n" + tweets, "run.yaml": `model: {arch: lstm, dim: 4}
source: news
tasks:
  - {name: tweets, target: true, data: {path: tweets.tsv, format: tsv, text: text, label: label, labels: {none: none, seeking: empathy}, split: {train: 0.5, valid: 0.25, test: 0.25}, max_bad: 1}}
  - {name: news, data: {path: news.tsv, format: tsv, text: text, label: label, labels: {"0": none, "1": empathy}}}
`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run, err := config.Load(filepath.Join(dir, "run.yaml"), config.LoadOptions{Set: set})
	if err != nil {
		t.Fatal(err)
	}
	return New(t.Context(), run, t.TempDir(), func(string, ...any) {})
}

func tweets(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s\ttweet number %d\n", []string{"none", "seeking"}[i%2], i)
	}
	return b.String()
}

// What learns a source is chosen by the source's validation rows and judged by the target's
// test rows; none of the target's other rows is as much as asked about.
func TestASourceIsLearntAndTheTargetJudges(t *testing.T) {
	job, err := adapting(t, tweets(40))
	if err != nil {
		t.Fatal(err)
	}
	if len(job.Tasks) != 1 || job.Tasks[job.Target].Name != "news" || job.EvalTask().Name != "tweets" {
		t.Fatalf("%d tasks, the first %s; %s judges", len(job.Tasks), job.Tasks[0].Name, job.EvalTask().Name)
	}
	if planned := job.Planned(); len(planned.Tasks) != 1 || len(planned.Tasks[0].Rows) != 32 {
		t.Errorf("planned %+v", planned)
	}
	for targetOnly, want := range map[bool][]string{
		true:  {"news valid 4", "tweets test 10"},
		false: {"news valid 4", "news test 4", "tweets test 10"},
	} {
		var got []string
		for _, p := range job.EvalParts(targetOnly, false) {
			got = append(got, fmt.Sprintf("%s %s %d", p.Task.Name, p.Part, p.Rows.Len()))
			if p.Head != 0 {
				t.Errorf("%s is asked of head %d", p.Task.Name, p.Head)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("scored, target alone %v (-want +got):\n%s", targetOnly, diff)
		}
	}
	if job.AdaptTarget.Train.Len()+job.AdaptTarget.Valid.Len() != 0 {
		t.Error("rows of the target that nobody asks about were made tokens")
	}
}

func TestATargetWithoutTestRowsCannotJudge(t *testing.T) {
	_, err := adapting(t, tweets(40), "tasks.tweets.data.split.train=0.5", "tasks.tweets.data.split.valid=0.5", "tasks.tweets.data.split.test=0")
	if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "tweets: it has no test rows") {
		t.Error(err)
	}
}

func TestIdentityOfAnAdaptation(t *testing.T) {
	identity := func(job *Job, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		key, err := job.Identity()
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	first := identity(adapting(t, tweets(40)))
	if again := identity(adapting(t, tweets(40))); again != first {
		t.Errorf("%s, then %s", first, again)
	}
	if other := identity(adapting(t, strings.Replace(tweets(40), "number", "no.", 40))); other == first {
		t.Error("other texts of the target, the same identity")
	}
	job, err := adapting(t, tweets(40))
	if err != nil {
		t.Fatal(err)
	}
	based := job.WithEncoder("/nowhere/model", "pretrained x")
	if identity(based, nil) == first || identity(job.WithEncoder("/elsewhere/model", "pretrained x"), nil) != identity(based, nil) ||
		identity(job.WithEncoder("/nowhere/model", "pretrained y"), nil) == identity(based, nil) {
		t.Error("an encoder that is to be made is known by its key, and by nothing else")
	}
	if _, err := based.WithOpenEncoder(); err == nil {
		t.Error("an encoder that is not there was opened")
	}
	if identity(job, nil) != first || job.Run.Model.Base != "" {
		t.Error("the job itself changed")
	}
}

func TestIdentityOfAPretraining(t *testing.T) {
	identity := func(train, held []int32, corpus string, batch int) string {
		t.Helper()
		job := &Job{
			Run: &config.Run{Method: config.MaskedLM, Train: config.Train{Batch: batch}},
			Tasks: []*Task{{
				Task: config.Task{Name: plan.MaskedTask}, Corpus: &data.Corpus{}, Train: RowsOf([]Row{{IDs: train}}),
			}},
			Masked: &MaskedCorpora{HeldOut: []HeldOut{{Corpus: corpus, Valid: RowsOf([]Row{{IDs: held}})}}},
		}
		key, err := job.Identity()
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	first := identity([]int32{1, 2}, []int32{3}, "talk", 4)
	for what, other := range map[string]string{
		"a token":          identity([]int32{1, 9}, []int32{3}, "talk", 4),
		"a held-out token": identity([]int32{1, 2}, []int32{9}, "talk", 4),
		"the corpus":       identity([]int32{1, 2}, []int32{3}, "posts", 4),
		"the batch":        identity([]int32{1, 2}, []int32{3}, "talk", 5),
	} {
		if other == first {
			t.Errorf("%s changes nothing", what)
		}
	}
	if identity([]int32{1, 2}, []int32{3}, "talk", 4) != first {
		t.Error("the same pretraining has two identities")
	}
}

// The job of other numbers shares what was read, and is judged by the same rows.
func TestWithKeepsWhoJudges(t *testing.T) {
	job, err := adapting(t, tweets(40))
	if err != nil {
		t.Fatal(err)
	}
	run := *job.Run
	run.Train.Seed++
	other, err := job.With(&run)
	if err != nil {
		t.Fatal(err)
	}
	if other.EvalTask().Name != "tweets" || other.AdaptTarget.Test.Len() != 10 || other.Tasks[0] == job.Tasks[0] {
		t.Errorf("%+v", other.EvalTask())
	}
	if parts := other.EvalParts(true, false); len(parts) != 2 || parts[1].Part != directory.Test {
		t.Errorf("%+v", parts)
	}
	run.Source = ""
	if _, err := job.With(&run); err == nil {
		t.Error("a job of a source became one of the target")
	}
}
