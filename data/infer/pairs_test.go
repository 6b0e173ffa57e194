package infer_test

import (
	"fmt"
	"strings"
	"testing"

	"ringmaster/data/datatest"
	"ringmaster/data/infer"
)

// Two columns whose names say that their texts belong together are both read, whichever comes first.
func TestTwoTextsByTheirNames(t *testing.T) {
	for header, want := range map[string][2]string{
		"label,premise,hypothesis":          {"premise", "hypothesis"},
		"label,hypothesis,premise":          {"premise", "hypothesis"},
		"label,sentence1,sentence2":         {"sentence1", "sentence2"},
		"label,text_a,text_b":               {"text_a", "text_b"},
		"label,seeker_post,response_post":   {"seeker_post", "response_post"},
		"label,responsePost,seekerPost":     {"seekerPost", "responsePost"},
		"label,question,sentence":           {"question", "sentence"},
		"label,prompt,utterance":            {"prompt", "utterance"},
		"label,title,body":                  {"body", ""},
		"label,review_text,summary_of_text": {"review_text", ""},
	} {
		dir := write(t, map[string]string{"rows.csv": table(header, 120, func(i int) string {
			return fmt.Sprintf("%s,%s,and %s", []string{"no", "yes"}[i%2], sentence(i), sentence(i+7))
		})})
		run, corpora, text := inferred(t, dir, infer.Options{}, "rows.csv")
		d := run.Tasks[0].Data
		if d.Text != want[0] && want[1] != "" || d.TextPair != want[1] {
			t.Errorf("%s: text %q and %q\n%s", header, d.Text, d.TextPair, text)
		}
		if _, _, pair := datatest.List(t, corpora[0].Train)[0].Texts(); pair != (want[1] != "") {
			t.Errorf("%s: pairs are read: %v", header, pair)
		}
	}
}

// The user's word counts: one text, or two of any names.
func TestTwoTextsByName(t *testing.T) {
	dir := write(t, map[string]string{"rows.csv": table("label,premise,hypothesis,notes", 120, func(i int) string {
		return fmt.Sprintf("%s,%s,and %s,so %s", []string{"no", "yes"}[i%2], sentence(i), sentence(i+7), sentence(i+3))
	})})
	run, _, _ := inferred(t, dir, infer.Options{Text: "hypothesis"}, "rows.csv")
	if d := run.Tasks[0].Data; d.Text != "hypothesis" || d.TextPair != "" {
		t.Errorf("text %q and %q", d.Text, d.TextPair)
	}
	run, _, text := inferred(t, dir, infer.Options{Text: "notes", TextPair: "premise"}, "rows.csv")
	if d := run.Tasks[0].Data; d.Text != "notes" || d.TextPair != "premise" || !strings.Contains(text, "text: [notes, premise]") {
		t.Errorf("text %q and %q\n%s", d.Text, d.TextPair, text)
	}
	refused(t, dir, infer.Options{Text: "notes", TextPair: "notes"}, infer.ErrColumn, "is the column of the first text", "rows.csv")
	refused(t, dir, infer.Options{Text: "notes", TextPair: "answer"}, infer.ErrColumn, "--text-pair names the column", "rows.csv")
}

// Pairs with one first text stay in one part where many rows have it in common.
func TestPairsAreSplitByTheirFirstText(t *testing.T) {
	dir := write(t, map[string]string{"rows.csv": table("label,post,reply", 400, func(i int) string {
		return fmt.Sprintf("%s,%s,and %s", []string{"no", "yes"}[i%2], sentence(i/4), sentence(i+7))
	})})
	run, corpora, text := inferred(t, dir, infer.Options{}, "rows.csv")
	if d := run.Tasks[0].Data; d.TextPair != "reply" || d.Split.Group != "post" {
		t.Errorf("pair %q, group %q\n%s", d.TextPair, d.Split.Group, text)
	}
	if c := corpora[0]; c.Train.Len()+c.Valid.Len()+c.Test.Len() != 400 {
		t.Errorf("rows are lost: %s", &c.Report)
	}
}
