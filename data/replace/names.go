package replace

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/rangetable"
)

// namePattern is the form of Names' pattern; the class of the characters of a name stands in it twice.
var namePattern = regexp.MustCompile(`^\(\?<!\[((?:\\x\{[0-9A-F]+\}-\\x\{[0-9A-F]+\})+)_@\]\)@\[((?:\\x\{[0-9A-F]+\}-\\x\{[0-9A-F]+\})+)_\]\+$`)

func names(characters, with string) Step {
	name := regexp.MustCompile(`(^|[^` + characters + `_@])@[` + characters + `_]+`)
	template := "${1}" + strings.ReplaceAll(with, "$", "$$")
	return Step{
		Regex: fmt.Sprintf(`(?<![%s_@])@[%s_]+`, characters, characters), With: with, what: "names",
		apply: func(text string) string {
			if !strings.Contains(text, "@") {
				return text
			}
			return name.ReplaceAllString(text, template)
		},
	}
}

// nameCharacters are Go's letters and numbers, as ranges: another engine's tables may be older or newer.
var nameCharacters = sync.OnceValue(func() string {
	var b strings.Builder
	from, to := rune(-1), rune(-1)
	write := func() {
		if from >= 0 {
			fmt.Fprintf(&b, `\x{%X}-\x{%X}`, from, to)
		}
	}
	rangetable.Visit(rangetable.Merge(unicode.L, unicode.N), func(r rune) {
		if r != to+1 {
			write()
			from = r
		}
		to = r
	})
	write()
	return b.String()
})
