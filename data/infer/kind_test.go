package infer_test

import (
	"fmt"
	"strings"
	"testing"

	"ringmaster/config"
	"ringmaster/data/infer"
)

// rows is a CSV file with a quoted label.
func rows(n int, label func(i int) string) string {
	return table("text,label", n, func(i int) string { return fmt.Sprintf("%s,%q", sentence(i), label(i)) })
}

// What a task asks of a text follows from the cells of its label, and what is written is read back so.
func TestKindOfLabels(t *testing.T) {
	words := []string{"joy", "fear", "anger", "shame"}
	for name, c := range map[string]struct {
		file, content string
		o             infer.Options
		kind          config.Kind
		says          string
	}{
		"words":                  {"a.csv", rows(90, func(i int) string { return words[i%4] }), infer.Options{}, config.KindClasses, "one class a text"},
		"zero and one":           {"a.csv", rows(90, func(i int) string { return fmt.Sprint(i % 2) }), infer.Options{}, config.KindClasses, "one class a text"},
		"truth values":           {"a.csv", rows(90, func(i int) string { return []string{"True", "False"}[i%2] }), infer.Options{}, config.KindClasses, "True"},
		"levels from 0":          {"a.csv", rows(90, func(i int) string { return fmt.Sprint(i % 3) }), infer.Options{}, config.KindOrdered, "without an order: kind: classes"},
		"stars":                  {"a.csv", rows(90, func(i int) string { return fmt.Sprintf("%d.0", 1+i%5) }), infer.Options{}, config.KindOrdered, `"5.0": "5"`},
		"levels below 0":         {"a.csv", rows(90, func(i int) string { return fmt.Sprint(i%5 - 2) }), infer.Options{}, config.KindOrdered, `"-2": "-2"`},
		"numbered topics":        {"a.csv", strings.Replace(rows(90, func(i int) string { return fmt.Sprint(i % 4) }), "label", "topic", 1), infer.Options{}, config.KindClasses, "as levels: kind: ordered"},
		"many numbered classes":  {"a.csv", rows(600, func(i int) string { return fmt.Sprint(i % 30) }), infer.Options{}, config.KindClasses, "as amounts: kind: value"},
		"decimals":               {"a.csv", rows(90, func(i int) string { return fmt.Sprint(1 + float64(i%61)/10) }), infer.Options{}, config.KindValue, "numbers from 1 to 7, 61 different ones"},
		"one decimal is missing": {"a.csv", rows(90, func(i int) string { return map[bool]string{true: "", false: fmt.Sprint(float64(i) / 7)}[i == 40] }), infer.Options{}, config.KindValue, "max_bad"},
		"NA among decimals":      {"a.csv", rows(90, func(i int) string { return map[bool]string{true: "NA", false: fmt.Sprint(float64(i) / 7)}[i%30 == 4] }), infer.Options{}, config.KindValue, "max_bad"},
		"a score of whole numbers": {"a.csv", strings.Replace(rows(200, func(i int) string { return fmt.Sprint(i * i % 101) }), "label", "score", 1),
			infer.Options{}, config.KindValue, "numbers from 0 to 100"},
		"several in a cell": {"a.tsv", table("", 100, func(i int) string { // as XED
			if i%9 < 2 {
				return fmt.Sprintf("%s\t%d, %d", sentence(i), 1+i%8, 1+(i+3)%8)
			}
			return fmt.Sprintf("%s\t%d", sentence(i), 1+i%8)
		}), infer.Options{}, config.KindLabels, "23% of the rows have several labels"},
		"several in a list": {"a.jsonl", table("", 90, func(i int) string {
			list := []string{`["joy"]`, `["joy", "fear"]`, `[]`, `["anger"]`}[i%4]
			return fmt.Sprintf(`{"text": %q, "labels": %s}`, sentence(i), list)
		}), infer.Options{}, config.KindLabels, "none"},
		"columns of bits": {"a.csv", table("text,anger,joy,fear", 90, func(i int) string {
			return fmt.Sprintf("%s,%d,%d,%d", sentence(i), i%2, i/2%2, i/4%2)
		}), infer.Options{}, config.KindLabels, "label_columns"},
		"columns of pandas' truth values": {"a.csv", table("text,anger,joy,fear", 90, func(i int) string {
			return fmt.Sprintf("%s,%s,%s,%s", sentence(i), []string{"True", "False"}[i%2], []string{"True", "False"}[i/2%2], []string{"1.0", "0.0"}[i/4%2])
		}), infer.Options{}, config.KindLabels, "label_columns"},
		"columns with one of them set": {"a.csv", table("text,anger,joy,fear", 90, func(i int) string {
			return sentence(i) + []string{",1,0,0", ",0,1,0", ",0,0,1"}[i%3]
		}), infer.Options{}, config.KindClasses, "label_columns"},
		"a single row with several": {"a.csv", rows(200, func(i int) string {
			return map[bool]string{true: "joy|fear", false: words[i%4]}[i == 7 || i == 100]
		}), infer.Options{}, config.KindClasses, "several_labels: drop"},
		"ratings beside classes": {"a.csv", table("text,empathy,empathy_bin", 90, func(i int) string {
			return fmt.Sprintf("%s,%.2f,%d", sentence(i), float64(i)/13, i%2)
		}), infer.Options{Label: []string{"empathy"}}, config.KindValue, "kind: value"},
		"as the user says":  {"a.csv", rows(90, func(i int) string { return fmt.Sprint(i % 3) }), infer.Options{Kind: config.KindValue}, config.KindValue, "numbers from 0 to 2"},
		"levels as classes": {"a.csv", rows(90, func(i int) string { return fmt.Sprint(i % 3) }), infer.Options{Kind: config.KindClasses}, config.KindClasses, `"2": "2"`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := write(t, map[string]string{c.file: c.content})
			run, corpora, text := inferred(t, dir, c.o, c.file)
			if prior := run.Tasks[0].HeadBias == config.HeadBiasPrior; prior != c.kind.Is(config.KindLabels) {
				t.Errorf("a head of kind %s begins with frequencies: %v", c.kind, prior)
			}
			if got := run.Tasks[0].Kind; got != c.kind || !strings.Contains(text, c.says) {
				t.Errorf("kind %q, want %q with %q:\n%s%s", got, c.kind, c.says, text, &corpora[0].Report)
			}
			if k := corpora[0]; k.Train.Len() < 50 || k.Test.Len() == 0 {
				t.Errorf("rows are missing: %s", &k.Report)
			}
		})
	}
}

// Columns that are no label of any kind are refused with what they have.
func TestKindRefusals(t *testing.T) {
	value := infer.Options{Kind: config.KindValue}
	named := infer.Options{Label: []string{"label"}}
	for name, c := range map[string]struct {
		content string
		o       infer.Options
		kind    error
		says    string
	}{
		"decimal commas":            {rows(90, func(i int) string { return fmt.Sprintf("%d,%d", 1+i%5, i%10) }), infer.Options{}, infer.ErrNoLabel, `numbers with a comma, as "`},
		"decimal commas, named":     {rows(90, func(i int) string { return fmt.Sprintf("%d,%d", 1+i%5, i%10) }), named, infer.ErrColumn, `decimal=","`},
		"decimal commas, semicolon": {table("text;label", 90, func(i int) string { return fmt.Sprintf("%s;%d,5", sentence(i), i%5) }), named, infer.ErrColumn, `sep=";"`},
		"ids":                       {rows(90, func(i int) string { return fmt.Sprint(7000 + i) }), named, infer.ErrColumn, "as ids are"},
		"a constant":                {rows(90, func(int) string { return "2.5" }), named, infer.ErrColumn, "one value in all rows"},
		"words as a value":          {rows(90, func(i int) string { return []string{"x", "y"}[i%2] }), value, infer.ErrColumn, "kind value"},
		"columns as a value":        {table("text,a,b,c", 90, func(i int) string { return sentence(i) + ",1,0,1" }), infer.Options{Kind: config.KindValue, Label: []string{"a", "b"}}, infer.ErrColumn, "one column of numbers"},
		"no such kind":              {rows(90, func(i int) string { return fmt.Sprint(i % 2) }), infer.Options{Kind: "regression"}, infer.ErrUnsuitable, "classes, labels, value, ordered"},
		"two columns of numbers": {table("text,valence,arousal", 90, func(i int) string { return fmt.Sprintf("%s,%.1f,%.1f", sentence(i), float64(i)/9, float64(i)/7) }),
			infer.Options{}, infer.ErrNoLabel, "valence (real numbers from 0 to 9.9)"},
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, write(t, map[string]string{"a.csv": c.content}), c.o, c.kind, c.says, "a.csv")
		})
	}
}
