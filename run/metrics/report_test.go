package metrics_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"ringmaster/run/metrics"
)

func sampleReport(t *testing.T) metrics.Report {
	t.Helper()
	binary, err := metrics.FromCounts([]string{"none", "empathy"}, [][]int{{50, 10}, {5, 35}})
	if err != nil {
		t.Fatal(err)
	}
	macro, err := metrics.FromCounts([]string{"joy", "fear", "anger"}, [][]int{{3, 1, 0}, {0, 2, 0}, {0, 0, 4}})
	if err != nil {
		t.Fatal(err)
	}
	b, m := binary.Scores(), macro.Scores()
	return metrics.Report{
		{Task: "sentiment", Valid: &b, Test: &b}, // not in alphabetical order
		{Task: "emotion", Test: &m},
	}
}

func TestJSONShape(t *testing.T) {
	r := sampleReport(t)
	raw, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	// What the contract promises, read as a stranger would.
	var loose map[string]map[string]map[string]any
	if err := json.Unmarshal(raw, &loose); err != nil {
		t.Fatal(err)
	}
	test := loose["sentiment"]["test"]
	for key, want := range map[string]any{
		"precision": 35.0 / 45, "recall": 35.0 / 40, "f1": 70.0 / 85, "accuracy": 0.85, "support": 40.0,
		"rows": 100.0, "averaging": "positive class", "positive": "empathy",
	} {
		if test[key] != want {
			t.Errorf("sentiment test %s = %v, want %v", key, test[key], want)
		}
	}
	if loose["emotion"]["test"]["averaging"] != "macro" || loose["emotion"]["test"]["support"] != 10.0 {
		t.Errorf("emotion: %v", loose["emotion"]["test"])
	}
	if _, ok := loose["emotion"]["valid"]; ok {
		t.Error("a part that was not scored is in the file")
	}
	if strings.Index(string(raw), "sentiment") > strings.Index(string(raw), "emotion") {
		t.Error("the order of the tasks is lost")
	}

	var back metrics.Report
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, back); diff != "" {
		t.Error(diff)
	}
	if _, ok := back.Task("emotion"); !ok {
		t.Error("emotion not found")
	}
	if err := json.Unmarshal([]byte(`[1]`), &back); err == nil {
		t.Error("a list was read as a report")
	}
}

func TestTable(t *testing.T) {
	want := `
 task       part   precision  recall    F1  accuracy  majority  support  rows
──────────────────────────────────────────────────────────────────────────────
 sentiment  valid       77.8    87.5  82.4      85.0      60.0       40   100
 sentiment  test        77.8    87.5  82.4      85.0      60.0       40   100
 emotion    test        88.9    91.7  88.6      90.0      40.0       10    10`
	if diff := cmp.Diff(want, "\n"+metrics.Table(sampleReport(t), 80)); diff != "" {
		t.Error(diff)
	}
}

func TestLegend(t *testing.T) {
	r := sampleReport(t)
	r[0].Test.PositiveBecause = "it has the higher numeric label, 1"
	want := []string{
		`sentiment: precision, recall and F1 of class "empathy" (it has the higher numeric label, 1)`,
		`emotion: precision, recall and F1: macro average over 3 of 3 classes`,
	}
	if diff := cmp.Diff(want, metrics.Legend(r)); diff != "" {
		t.Error(diff)
	}
}

func TestTableOfLongNamesFits(t *testing.T) {
	r := sampleReport(t)
	r[0].Task = "sentiment-of-what-people-wrote-about-the-films-that-they-had-seen"
	for line := range strings.SplitSeq(metrics.Table(r, 80), "\n") {
		if n := utf8.RuneCountInString(line); n > 80 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}
