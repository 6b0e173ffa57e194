package lexicon

import (
	"bufio"
	"errors"
	"strings"
	"testing"
)

// FuzzParse reads any bytes as a lexicon: it ends in words with finite ratings, in order, or in an
// error that says what is wrong.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"good,1\nbad,-1\n", "word,rating\ngood,0.5\n", "\"a\nb\",1e400\n", "good,NaN\n", "\xff,1\n", ",,\n", "a\tb\n", "good,1\ngood,2\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		l, err := parse(bufio.NewReader(strings.NewReader(content)), "it")
		if err != nil {
			if !errors.Is(err, ErrLexicon) || err.Error() == "" {
				t.Fatalf("error %v is not ErrLexicon", err)
			}
			return
		}
		for i, e := range l.Entries {
			if e.Word == "" || e.Rating-e.Rating != 0 || i > 0 && e.Rating > l.Entries[i-1].Rating {
				t.Fatalf("entry %d is %+v", i, e)
			}
		}
	})
}
