package data

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"ringmaster/config"
)

// What a column says of the rows' parts holds in every format, over several files; a part that no row names is carved.
func TestPartColumn(t *testing.T) {
	parts := []string{"train", "Validation", "dev", "test", "train", "val", "TRAIN"}
	type rowOf struct {
		Text  string `parquet:"text" json:"text"`
		Label string `parquet:"label" json:"label"`
		Part  string `parquet:"part" json:"part"`
		Who   string `parquet:"who" json:"who"`
	}
	var rows []rowOf
	for i := range 70 {
		rows = append(rows, rowOf{fmt.Sprintf("text %d", i), fmt.Sprint(i % 2), parts[i%7], fmt.Sprint("w", i%9)})
	}
	dir := t.TempDir()
	csv, jsonl := "text,label,part,who\n", ""
	for _, r := range rows {
		csv += strings.Join([]string{r.Text, r.Label, r.Part, r.Who}, ",") + "\n"
		jsonl += fmt.Sprintf("{\"text\": %q, \"label\": %s, \"part\": %q, \"who\": %q}\n", r.Text, r.Label, r.Part, r.Who)
	}
	for name, content := range map[string]string{"a.csv": csv, "a.tsv": strings.ReplaceAll(csv, ",", "\t"), "a.jsonl": jsonl} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := parquet.WriteFile(filepath.Join(dir, "a.parquet"), rows); err != nil {
		t.Fatal(err)
	}
	declared := func(name string) config.Task {
		format, _ := config.Ending(name)
		return config.Task{Name: "film", Data: config.Data{
			Path: config.Files{name}, Part: "part", Format: format, Text: "text", Label: "label",
			Labels: config.Labels{{From: "0", To: "no"}, {From: "1", To: "yes"}}, Split: config.Split{Train: 0.8, Valid: 0.1, Test: 0.1, Seed: 13},
		}}
	}
	for _, name := range []string{"a.csv", "a.tsv", "a.jsonl", "a.parquet"} {
		for _, group := range []string{"", "who"} {
			task := declared(name)
			task.Data.Split.Group = group
			c, err := Load(context.Background(), dir, task)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if c.Train.Len() != 30 || c.Valid.Len() != 30 || c.Test.Len() != 10 {
				t.Errorf("%s, group %q: %d, %d and %d rows", name, group, c.Train.Len(), c.Valid.Len(), c.Test.Len())
			}
			for _, e := range listOf(t, c.Test) {
				if parts[e.Row%7] != "test" {
					t.Errorf("%s: row %d is tested", name, e.Row)
				}
			}
		}
	}

	write := func(replace ...string) config.Task {
		if err := os.WriteFile(filepath.Join(dir, "b.csv"), []byte(strings.NewReplacer(replace...).Replace(csv)), 0o600); err != nil {
			t.Fatal(err)
		}
		return declared("b.csv")
	}
	c, err := Load(context.Background(), dir, write(",test,", ",train,"))
	if err != nil || c.Valid.Len() != 30 || c.Test.Len() == 0 || c.Train.Len()+c.Test.Len() != 40 {
		t.Errorf("test rows are carved where none are named: %v", err)
	}
	_, err = Load(context.Background(), dir, write(",test,", ",tset,"))
	if err == nil || !strings.Contains(err.Error(), `"part" has "tset", which is not train, valid`) {
		t.Errorf("got %v", err)
	}
}
