package tokens

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Cutting what was encoded whole gives what encoding with a limit gives.
func TestTruncateIsEncodeWithALimit(t *testing.T) {
	tok, err := Open(modelDir(t, map[string]string{"vocab.txt": smallVocab}))
	if err != nil {
		t.Fatal(err)
	}
	list := CollectWords([]string{"hello world"})
	text := rapid.Custom(func(rt *rapid.T) string {
		words := ""
		for _, w := range rapid.SliceOfN(rapid.SampledFrom([]string{"hello", "hellos", "[SEP]", "[MASK]", "strange", "world", "é!"}), 0, 12).Draw(rt, "words") {
			words += w + rapid.SampledFrom([]string{" ", "", ", "}).Draw(rt, "between")
		}
		return words
	})
	rapid.Check(t, func(rt *rapid.T) {
		of, most := text.Draw(rt, "text"), rapid.IntRange(2, 14).Draw(rt, "limit")
		if rapid.IntRange(0, 9).Draw(rt, "no limit") == 0 {
			most = 0
		}
		for _, e := range []Encoder{tok, list} {
			whole, err := e.Encode(of, 0)
			if err != nil {
				rt.Fatal(err)
			}
			before := fmt.Sprint(whole)
			want, err := e.Encode(of, most)
			if err != nil {
				rt.Fatal(err)
			}
			if diff := cmp.Diff(want, e.Truncate(whole, most)); diff != "" {
				rt.Fatalf("%T of %q cut at %d (-want +got):\n%s", e, of, most, diff)
			}
			if fmt.Sprint(whole) != before {
				rt.Fatalf("%T: cutting changes the whole ids", e)
			}
		}
	})
}
