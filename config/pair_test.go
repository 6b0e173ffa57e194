package config

import (
	"strings"
	"testing"
)

// pairsOf is a run whose task has these keys of data.
func pairsOf(keys string) string {
	return `model: {base: minilm}
tasks:
  - name: support
    target: true
    data: {path: a.csv, format: csv, label: y, labels: {"0": no, "1": yes}, ` + keys + `}
`
}

func TestTwoTextsAreNamedInOneListOrTwoKeys(t *testing.T) {
	for _, keys := range []string{"text: [seeker, response]", "text: seeker, text_pair: response"} {
		d := load(t, pairsOf(keys), LoadOptions{}).Tasks[0].Data
		if d.Text != "seeker" || d.TextPair != "response" {
			t.Errorf("%s: text %q, text_pair %q", keys, d.Text, d.TextPair)
		}
	}
	d := load(t, pairsOf("text: seeker"), LoadOptions{Set: []string{"tasks.support.data.text_pair=response"}}).Tasks[0].Data
	if d.TextPair != "response" {
		t.Errorf("--set: text_pair %q", d.TextPair)
	}
	if d := load(t, pairsOf("text: [seeker, response], split: {group: seeker}"), LoadOptions{}).Tasks[0].Data; d.Split.Group != "seeker" {
		t.Errorf("group %q", d.Split.Group)
	}
}

func TestTwoTextsThatAreRefused(t *testing.T) {
	for keys, want := range map[string]string{
		"text: [seeker]":    "run.yaml:5: tasks.support.data.text: a list names the columns of two texts",
		"text: [a, b, c]":   "a list names the columns of two texts",
		"text: [a, {b: c}]": "a list names the columns of two texts",
		"text: [seeker, response], text_pair: other":              "text_pair another",
		"text: [seeker, seeker]":                                  "text_pair: seeker is already the column of the first text",
		"text: [seeker, y]":                                       "text_pair: y is already the column of the label",
		"text: [seeker, response], part: response":                "part: response is already the column of the text or label",
		"text: [seeker, respons], columns: [seeker, response, y]": "text_pair: columns has no respons: did you mean response?",
		"text: seeker, split: {group: seeker}":                    "rows of equal texts stay together anyway",
		"text: [seeker, response], split: {group: y}":             "y is a label column",
	} {
		_, err := Load(write(t, folder(t)+"/run.yaml", pairsOf(keys)), LoadOptions{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", keys, err, want)
		}
		if err != nil && strings.Count(err.Error(), "\n") > 1 {
			t.Errorf("%s: more than one problem: %v", keys, err)
		}
	}
	lines := strings.Replace(pairsOf("text_pair: response"), "format: csv, label: y, labels: {\"0\": no, \"1\": yes}", "format: lines", 1)
	if _, err := Load(write(t, folder(t)+"/run.yaml", lines), LoadOptions{}); err == nil || !strings.Contains(err.Error(), "lines is plain text without columns") {
		t.Errorf("got %v", err)
	}
}
