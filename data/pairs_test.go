package data

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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
		for _, e := range corpus.Train {
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
