package data

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"ringmaster/config"
)

// pairTask declares two texts a row.
func pairTask(format config.Format, file string) config.Task {
	return config.Task{Name: "support", Data: config.Data{
		Train: config.Files{file}, Format: format, Text: "seeker", TextPair: "response", Label: "level",
		Labels: config.Labels{{From: "0", To: "no"}, {From: "1", To: "yes"}}, Clean: config.Clean{Dedup: true, Users: true}, Split: config.Split{Train: 1},
	}}
}

// TestPairs reads rows of two texts from each format: both are cleaned, both count for duplicates, and a missing second
// text is a bad row.
func TestPairs(t *testing.T) {
	files := map[config.Format]string{
		config.TSV: "level\tseeker\tresponse\n0\tI am sad\tOh\n1\tI am sad\tTell me @anna more\n1\tI am sad\tTell me @otto more\n0\ta\tb c\n",
		config.CSV: "response,seeker,level\nOh,I am sad,0\nTell me @anna more,I am sad,1\nTell me @otto more,I am sad,1\nb c,a,0\n",
		config.JSONL: `{"seeker":"I am sad","response":"Oh","level":0}
{"seeker":"I am sad","response":"Tell me @anna more","level":1}
{"seeker":"I am sad","response":"Tell me @otto more","level":1}
{"seeker":"a","response":"b c","level":0}
`,
	}
	for format, content := range files {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "rows"), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		corpus, err := Load(t.Context(), dir, pairTask(format, "rows"))
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		var got [][2]string
		for _, e := range listOf(t, corpus.Train) {
			first, second, pair := e.Texts()
			if !pair {
				t.Errorf("%s: row %d has one text", format, e.Row)
			}
			got = append(got, [2]string{first, second})
		}
		want := [][2]string{{"I am sad", "Oh"}, {"I am sad", "Tell me <USER> more"}, {"a", "b c"}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: want (-), got (+):\n%s", format, diff)
		}
		if corpus.Report.Duplicates != 1 {
			t.Errorf("%s: %d duplicates, want 1: rows are equal where both texts are", format, corpus.Report.Duplicates)
		}
	}
}

func TestPairWithoutSecondText(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "rows"), []byte("level\tseeker\tresponse\n0\ta\tb\n1\tc\t \n1\td\te\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Load(context.Background(), dir, pairTask(config.TSV, "rows"))
	var bad *BadRowsError
	if !errors.As(err, &bad) || !strings.Contains(err.Error(), `"response" is empty`) {
		t.Errorf("got %v, want a bad row whose response is empty", err)
	}
}

// TestPairTexts reads two texts a row for predict.
func TestPairTexts(t *testing.T) {
	texts, err := ReadTexts(strings.NewReader("seeker\tresponse\nI am sad\tOh\n"), "in", TextsOf{Format: config.TSV, Text: "seeker", TextPair: "response"})
	if err != nil {
		t.Fatal(err)
	}
	text, err := texts.Next()
	if err != nil || text.Text != JoinTexts("I am sad", "Oh") {
		t.Errorf("got %q and %v", text.Text, err)
	}
	if _, err := texts.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("got %v, want the end", err)
	}
}

// TestPairsOfParquet reads both texts, a label and a group that is the first text.
func TestPairsOfParquet(t *testing.T) {
	type row struct {
		Level    int32   `parquet:"level"`
		Response *string `parquet:"response,optional"`
		Seeker   string  `parquet:"seeker"`
	}
	second := "Tell me more"
	var b bytes.Buffer
	if err := parquet.Write(&b, []row{{1, &second, "I am sad"}, {0, &second, "a"}}); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "rows"), b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	task := pairTask(config.Parquet, "rows")
	task.Data.Split.Group = "seeker"
	corpus, err := Load(t.Context(), dir, task)
	if err != nil {
		t.Fatal(err)
	}
	want := []Example{
		{Row: 0, Text: JoinTexts("I am sad", second), Class: 1, Group: "I am sad"},
		{Row: 1, Text: JoinTexts("a", second), Class: 0, Group: "a"},
	}
	if diff := cmp.Diff(want, listOf(t, corpus.Train)); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
}

// TestPairsStayTogetherByTheFirstText: split.group may name a text of pairs.
func TestPairsStayTogetherByTheFirstText(t *testing.T) {
	var content strings.Builder
	content.WriteString("level\tseeker\tresponse\n")
	for i := range 200 {
		fmt.Fprintf(&content, "%d\tpost %d\tanswer %d\n", i%2, i/5, i)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "rows"), []byte(content.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, group := range []string{"", "seeker"} {
		task := pairTask(config.TSV, "rows")
		task.Data.Split = config.Split{Train: 0.5, Test: 0.5, Seed: 1, Group: group}
		corpus, err := Load(t.Context(), dir, task)
		if err != nil {
			t.Fatal(err)
		}
		learnt, shared := map[string]bool{}, 0
		for _, e := range listOf(t, corpus.Train) {
			first, _, _ := e.Texts()
			learnt[first] = true
		}
		for _, e := range listOf(t, corpus.Test) {
			if first, _, _ := e.Texts(); learnt[first] {
				shared++
			}
		}
		if (shared > 0) == (group == "seeker") || corpus.Test.Len() < 80 {
			t.Errorf("group %q: %d of %d test rows have a post of a training row", group, shared, corpus.Test.Len())
		}
	}
}

// TestPairLines: where no columns are named, a line is two texts with a tab between them.
func TestPairLines(t *testing.T) {
	texts, err := ReadTexts(strings.NewReader("I am sad\tOh\nwhy\n"), "in", TextsOf{Pairs: true})
	if err != nil {
		t.Fatal(err)
	}
	text, err := texts.Next()
	if err != nil || text.Text != JoinTexts("I am sad", "Oh") {
		t.Errorf("got %q and %v", text.Text, err)
	}
	if _, err := texts.Next(); !errors.Is(err, ErrTooManyBad) || !strings.Contains(err.Error(), "in:2") {
		t.Errorf("got %v, want that line 2 has one text", err)
	}
	if _, err := ReadTexts(strings.NewReader("text\ttext_pair\na\tb\n"), "in", TextsOf{Pairs: true}); !errors.Is(err, ErrFormat) {
		t.Errorf("got %v, want that it looks like a table", err)
	}
}
