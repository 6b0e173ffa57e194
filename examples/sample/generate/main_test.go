package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestStoredFilesAreWhatTheGeneratorWrites(t *testing.T) {
	dir := t.TempDir()
	if err := writeAll(dir); err != nil {
		t.Fatal(err)
	}
	for _, c := range corpora {
		want, err := os.ReadFile(filepath.Join(dir, c.file))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("..", c.file))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs: run go run ./examples/sample/generate", c.file)
		}
	}
}

// The stored files, read by other means than they were written by, hold what the README says.
func TestStoredFilesAreWhatTheREADMESays(t *testing.T) {
	for _, c := range corpora {
		t.Run(c.file, func(t *testing.T) {
			rows := readStored(t, c.file)
			if len(rows) != c.rows {
				t.Fatalf("%d rows, want %d", len(rows), c.rows)
			}
			perClass, standing := map[string]int{}, map[string]int{}
			repeats, links, names := 0, 0, 0
			for _, r := range rows {
				if n := len(strings.Fields(r.text)); n < minWords || n > maxWords {
					t.Errorf("%d words: %q", n, r.text)
				}
				if strings.ContainsAny(r.text, "{}\n\t") || strings.Contains(r.text, "  ") {
					t.Errorf("odd text %q", r.text)
				}
				if standing[r.text]++; standing[r.text] > 1 {
					repeats++
				}
				if strings.Contains(r.text, "https://") {
					links++
				}
				if strings.HasPrefix(r.text, "@") {
					names++
				}
				perClass[r.class]++
			}
			if repeats != repeated {
				t.Errorf("%d repeated texts, want %d", repeats, repeated)
			}
			if links < 5 || names < 5 {
				t.Errorf("%d links and %d names: cleaning has little to show", links, names)
			}
			if len(perClass) != len(c.classes) {
				t.Errorf("classes %v", perClass)
			}
			for class, n := range perClass {
				if even := len(rows) / len(c.classes); n < even*8/10 || n > even*12/10 {
					t.Errorf("class %s has %d rows, about %d expected", class, n, even)
				}
			}
		})
	}
}

// What a text is about must not give its class away: every person and every event of the
// empathy corpus that is at all common stands in both classes.
func TestTopicsAreShared(t *testing.T) {
	rows := readStored(t, corpora[0].file)
	for _, slot := range []string{"who", "event"} {
		for _, topic := range empathyWords[slot] {
			count := map[string]int{}
			for _, r := range rows {
				if strings.Contains(strings.ToLower(r.text), strings.ToLower(topic)) {
					count[r.class]++
				}
			}
			low, high := min(count["0"], count["1"]), max(count["0"], count["1"])
			if low == 0 || high > 4*low {
				t.Errorf("%q stands in %d texts of class 0 and %d of class 1", topic, count["0"], count["1"])
			}
		}
	}
}

// Every slot that a phrase names has phrases, also those a seed happens not to choose.
func TestEverySlotIsFilled(t *testing.T) {
	grammars := []grammar{empathyWords, directionWords}
	for _, s := range subjects {
		grammars = append(grammars, sentimentWords.with(s))
	}
	for _, e := range emotions {
		grammars = append(grammars, emotionWords.with(grammar{"mood": feelings[e], "other": feelings[e], "showing": showing[e]}))
	}
	c := newChooser(1, 1)
	for _, g := range grammars {
		for slot, phrases := range g {
			for _, phrase := range phrases {
				if _, err := g.expand(c, phrase); err != nil {
					t.Errorf("%s: %q: %v", slot, phrase, err)
				}
			}
		}
	}
	if _, err := empathyWords.expand(c, "{nobody}"); err == nil {
		t.Error("an unknown slot was filled")
	}
}

func readStored(t *testing.T, file string) []row {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", file))
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case strings.HasSuffix(file, "twittemp.csv"):
		return readCSV(t, raw, []string{"label", "content"}, 0)
	case filepath.Ext(file) == ".csv":
		return readCSV(t, raw, []string{"id", "text", "empathy"}, 2)
	case filepath.Ext(file) == ".tsv":
		return readTSV(t, raw)
	default:
		return readJSONL(t, raw)
	}
}

// readCSV reads the text of column 1, and the class of a column.
func readCSV(t *testing.T, raw []byte, columns []string, class int) []row {
	t.Helper()
	records, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(records[0], columns) {
		t.Errorf("columns %v", records[0])
	}
	var rows []row
	for _, r := range records[1:] {
		rows = append(rows, row{r[1], r[class]})
	}
	return rows
}

func readTSV(t *testing.T, raw []byte) []row {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
	if lines[0] != "text\tsentiment" {
		t.Errorf("columns %q", lines[0])
	}
	var rows []row
	for _, line := range lines[1:] {
		fields := strings.Split(line, "\t")
		if len(fields) != 2 {
			t.Fatalf("%d fields in %q", len(fields), line)
		}
		rows = append(rows, row{fields[0], fields[1]})
	}
	return rows
}

func readJSONL(t *testing.T, raw []byte) []row {
	t.Helper()
	var rows []row
	for _, line := range bytes.Split(bytes.TrimSuffix(raw, []byte("\n")), []byte("\n")) {
		var r struct{ Text, Emotion string }
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row{r.Text, r.Emotion})
	}
	return rows
}
