package lexicon_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/data/lexicon"
)

func read(t *testing.T, content string) (*lexicon.Lexicon, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "lexicon.txt")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return lexicon.Read(path)
}

func mustRead(t *testing.T, content string) *lexicon.Lexicon {
	t.Helper()
	l, err := read(t, content)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

const small = "\"grieve\",6.5\n\"said\",5\n\"heal\",6.2\n\"\"\"\",2.4\n\",'\",2.3\n\"Heal\",1\n\"aid\",5\n\"don't\",4\n\"tears of joy\",3\n"

func TestReading(t *testing.T) {
	got := mustRead(t, small)
	want := &lexicon.Lexicon{
		Entries: []lexicon.Entry{
			{Word: "grieve", Rating: 6.5}, {Word: "heal", Rating: 6.2}, {Word: "aid", Rating: 5},
			{Word: "said", Rating: 5}, {Word: "don't", Rating: 4}, {Word: "tears of joy", Rating: 3},
		},
		Wordless: 2, Repeated: 1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatIsNoLexicon(t *testing.T) {
	for content, want := range map[string]string{
		"":                       "has no word",
		"word,rating\nheal,6":    ":1: the rating \"rating\" is not a number",
		"heal,6\nmore\n":         ":2: wrong number of fields",
		"heal,6\nsay \"hi\",3\n": ":2: bare \"",
		"heal,NaN\n":             "is not a number",
	} {
		_, err := read(t, content)
		if !errors.Is(err, lexicon.ErrLexicon) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %v, want %q", content, err, want)
		}
	}
}

func TestMatching(t *testing.T) {
	l := mustRead(t, small)
	tests := []struct {
		name   string
		choice lexicon.Choice
		text   string
		words  []string
		keep   bool
	}{
		{"whatever the case", lexicon.Choice{}, "HEAL soon. Heal!", []string{"heal"}, true},
		{"whole words only", lexicon.Choice{}, "They healed, grieves, said-so", []string{"said"}, true},
		{"nothing inside a word", lexicon.Choice{}, "unhealed", nil, false},
		{"either apostrophe", lexicon.Choice{}, "I DON’T", []string{"don't"}, true},
		{"several words in a row", lexicon.Choice{}, "Tears of, yes, tears of joy.", []string{"tears of joy"}, true},
		{"the top ones alone", lexicon.Choice{Top: 2}, "said to heal", []string{"heal"}, true},
		{"of equals the alphabetically first", lexicon.Choice{Top: 3}, "said aid", []string{"aid"}, true},
		{"more than there are", lexicon.Choice{Top: 100}, "aid", []string{"aid"}, true},
		{"denied", lexicon.Choice{Deny: []string{"Said"}}, "he said", nil, false},
		{"allowed beyond the top", lexicon.Choice{Top: 1, Allow: []string{"hope"}}, "hope, aid", []string{"hope"}, true},
		{"allowed wins over denied", lexicon.Choice{Allow: []string{"said"}, Deny: []string{"said"}}, "said", []string{"said"}, true},
		{"required and there", lexicon.Choice{Require: []string{"cancer", "breast cancer"}}, "grieve: CANCER", []string{"grieve"}, true},
		{"required and not there", lexicon.Choice{Require: []string{"cancer"}}, "grieve: cancerous", []string{"grieve"}, false},
		{"required alone", lexicon.Choice{Require: []string{"cancer"}}, "cancer", nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := lexicon.Choose(l, tt.choice)
			if err != nil {
				t.Fatal(err)
			}
			got := m.Match(tt.text)
			if diff := cmp.Diff(tt.words, got.Words); diff != "" || got.Keep() != tt.keep {
				t.Errorf("keep %v, want %v; words (-want +got):\n%s", got.Keep(), tt.keep, diff)
			}
		})
	}
}

func TestChoicesThatCannotBeMeant(t *testing.T) {
	l := mustRead(t, "heal,6\n")
	for _, c := range []lexicon.Choice{
		{Top: -1}, {Deny: []string{"heal"}}, {Require: []string{"?"}}, {Allow: []string{" "}},
	} {
		if _, err := lexicon.Choose(l, c); !errors.Is(err, lexicon.ErrChoice) {
			t.Errorf("%+v gives %v", c, err)
		}
	}
	m, err := lexicon.Choose(l, lexicon.Choice{Deny: []string{"sorrow"}})
	if err != nil || !cmp.Equal(m.DeniedNothing, []string{"sorrow"}) || m.Denied != 0 {
		t.Errorf("got %+v, %v", m, err)
	}
}

// The lexicon as it is published: 9,356 entries, 89 of them of punctuation alone.
func TestPublishedLexicon(t *testing.T) {
	const published = "../../../shared/data/empathy_lexicon/"
	if _, err := os.Stat(published); err != nil {
		t.Skipf("SKIPPED: the real lexicon is not at %s, so nothing was tried on it", published)
	}
	for name, first := range map[string]string{"empathy.txt": "lukemia", "distress.txt": ""} {
		l, err := lexicon.Read(published + name)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(l.Entries) + l.Wordless + l.Repeated; n != 9356 || l.Wordless != 89 {
			t.Errorf("%s has %d entries, %d of punctuation alone", name, n, l.Wordless)
		}
		t.Logf("%s: %d words, %d of punctuation alone, %d repeated", name, len(l.Entries), l.Wordless, l.Repeated)
		if first != "" && l.Entries[0].Word != first {
			t.Errorf("%s begins with %v, want %s", name, l.Entries[0], first)
		}
	}
}

// The list of the paper's appendix, by name, against some of its lines read off the page.
func TestThePapersWords(t *testing.T) {
	l, err := lexicon.Read(lexicon.Table8)
	if err != nil {
		t.Fatal(err)
	}
	ratings := map[string]float64{}
	for _, e := range l.Entries {
		ratings[e.Word] = e.Rating
	}
	for word, want := range map[string]float64{"healing": 6.596821, "surive": 5.395749, "cancer": 6.190857, "ambulances": 5.182411} {
		if ratings[word] != want {
			t.Errorf("%s is rated %v, want %v", word, ratings[word], want)
		}
	}
	if got := len(l.Entries) + l.Repeated; got != 198 || l.Wordless != 0 {
		t.Errorf("%d words, %d without letters; want 198 and none", got, l.Wordless)
	}
	matcher, err := lexicon.Choose(l, lexicon.Choice{Require: []string{"cancer"}})
	if err != nil {
		t.Fatal(err)
	}
	for text, keep := range map[string]bool{
		"Grieving after CANCER took her": true, // one of the list, and the required one
		"Grieving after the flu":         false,
		"Cancer research is booming":     true, // cancer is on the list itself
		"a cancerous growth":             false,
	} {
		if m := matcher.Match(text); m.Keep() != keep {
			t.Errorf("%q: kept %v, want %v", text, m.Keep(), keep)
		}
	}
	if _, err := lexicon.Read("./" + lexicon.Table8); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file of the list's name: %v", err)
	}
}

// TestReadOpensTexts holds that a lexicon is opened as every text is: decompressed, and only
// where it is a file of text.
func TestReadOpensTexts(t *testing.T) {
	dir := t.TempDir()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write([]byte("heal,2\naid,1\n")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"good.gz": packed.String(), "cut.gz": packed.String()[:packed.Len()-9], "utf16": "\xff\xfeh\x00", "latin1": "caf\xe9,1\n", "x.parquet": "PAR1",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	if l, err := lexicon.Read(filepath.Join(dir, "good.gz")); err != nil || len(l.Entries) != 2 {
		t.Errorf("%v, %v", l, err)
	}
	for name, want := range map[string]string{
		"pipe": "is a pipe, but a regular file is expected", "cut.gz": "cannot be decompressed", "utf16": "is UTF-16: save it as UTF-8",
		"latin1": "is not UTF-8: save the lexicon as UTF-8", "x.parquet": "is a Parquet file", "": "is a directory",
	} {
		if _, err := lexicon.Read(filepath.Join(dir, name)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}
