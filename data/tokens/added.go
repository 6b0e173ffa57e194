package tokens

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// addedToken is a token that is looked for in texts before they are cut into words: an entry of tokenizer.json's
// added_tokens, of tokenizer_config.json's added_tokens_decoder, or a special token. The keys are those of the files.
type addedToken struct {
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"` // only where no letter stands beside it
	LStrip     bool   `json:"lstrip"`      // takes the white space before it
	RStrip     bool   `json:"rstrip"`
	// Normalized tokens are looked for in the normalised text, in their own normalised form; others in the raw text.
	// nil: all but special ones are.
	Normalized *bool `json:"normalized"`
	Special    bool  `json:"special"`
}

func (t addedToken) normalized() bool {
	if t.Normalized == nil {
		return !t.Special
	}
	return *t.Normalized
}

// special is a token as transformers adds one that is only named.
func special(content string) addedToken { return addedToken{Content: content, Special: true} }

// declaredToken is an added token where it is declared.
type declaredToken struct {
	addedToken
	id    int // what the file says; undeclared: it says nothing
	where string
}

const undeclared = -1

// addedVocabulary holds the added tokens of a tokenizer.
type addedVocabulary struct {
	tokens          map[int32]addedToken
	ids             map[string]int32 // by content
	raw, normalised matcher
}

// addTokens gives tokens their ids as Hugging Face's library does: the vocabulary's, else the next that is free,
// whatever the files say. Files that say otherwise are refused, and so are tokens whose ids or places in a text would
// be a matter of chance.
func addTokens(pieces map[string]int, declared []declaredToken, normalise func(string) string) (*addedVocabulary, error) {
	a := &addedVocabulary{tokens: map[int32]addedToken{}, ids: map[string]int32{}}
	taken := make(map[int]bool, len(pieces))
	for _, id := range pieces {
		taken[id] = true
	}
	next := len(pieces)
	for _, t := range declared {
		if t.Content == "" {
			continue
		}
		id, known := a.find(t.Content, pieces)
		if !known {
			id = int32(next)
			if taken[next] {
				return nil, fmt.Errorf("%w: %s adds the token %q, and transformers would give it the id %d, which another piece has: the vocabulary has gaps or doubles, so number the added tokens within it",
					ErrUnsupported, t.where, t.Content, id)
			}
		}
		if t.id != undeclared && t.id != int(id) {
			return nil, fmt.Errorf("%w: %s adds the token %q with the id %d, but transformers gives it %d (the vocabulary's own id, or else the next after its last): correct the id, or the vocabulary",
				ErrUnsupported, t.where, t.Content, t.id, id)
		}
		next = max(next, int(id)+1)
		a.ids[t.Content], a.tokens[id] = id, t.addedToken
	}
	return a, a.buildMatchers(normalise)
}

func (a *addedVocabulary) find(content string, pieces map[string]int) (int32, bool) {
	if id, known := a.ids[content]; known {
		return id, true
	}
	id, known := pieces[content]
	return int32(id), known
}

func (a *addedVocabulary) buildMatchers(normalise func(string) string) error {
	raw, normalised := map[string]found{}, map[string]found{}
	for id, t := range a.tokens {
		if !t.normalized() {
			raw[t.Content] = found{id, t}
			continue
		}
		pattern := normalise(t.Content)
		if pattern == "" {
			return fmt.Errorf("%w: nothing is left of the added token %q when it is normalised", ErrUnsupported, t.Content)
		}
		if other, twice := normalised[pattern]; twice {
			first, second := min(t.Content, other.Content), max(t.Content, other.Content)
			return fmt.Errorf("%w: the added tokens %q and %q are both %q when they are normalised: it is undefined which one a text contains",
				ErrUnsupported, first, second, pattern)
		}
		normalised[pattern] = found{id, t}
	}
	a.raw, a.normalised = newMatcher(raw), newMatcher(normalised)
	return nil
}

// found is a token with its id.
type found struct {
	id int32
	addedToken
}

// matcher finds tokens in a text: of those that begin first the longest.
type matcher struct {
	patterns map[string]found
	any      *regexp.Regexp // nil: there are none
	first    string         // the patterns' first characters
}

func newMatcher(patterns map[string]found) matcher {
	if len(patterns) == 0 {
		return matcher{}
	}
	var quoted []string
	m := matcher{patterns: patterns}
	for _, pattern := range slices.SortedFunc(maps.Keys(patterns), func(a, b string) int {
		return cmp.Or(len(b)-len(a), strings.Compare(a, b))
	}) {
		quoted = append(quoted, regexp.QuoteMeta(pattern))
		if r, _ := utf8.DecodeRuneInString(pattern); !strings.ContainsRune(m.first, r) {
			m.first += string(r)
		}
	}
	m.any = regexp.MustCompile(strings.Join(quoted, "|"))
	return m
}

// split calls text with every stretch between tokens, and token with every token, in order.
func (m matcher) split(s string, text func(string), token func(int32)) {
	rest := 0
	if m.any != nil && strings.ContainsAny(s, m.first) {
		for _, at := range m.any.FindAllStringIndex(s, -1) {
			start, stop := at[0], at[1]
			t := m.patterns[s[start:stop]]
			if t.SingleWord && (endsInWord(s[:start]) || beginsWithWord(s[stop:])) {
				continue
			}
			if t.LStrip {
				start = max(rest, len(strings.TrimRightFunc(s[:start], unicode.IsSpace)))
			}
			if t.RStrip {
				stop = len(s) - len(strings.TrimLeftFunc(s[stop:], unicode.IsSpace))
			}
			if rest < start {
				text(s[rest:start])
			}
			token(t.id)
			rest = stop
		}
	}
	if rest < len(s) {
		text(s[rest:])
	}
}

func endsInWord(s string) bool {
	r, size := utf8.DecodeLastRuneInString(s)
	return size > 0 && unicode.Is(wordTable, r)
}

func beginsWithWord(s string) bool {
	r, size := utf8.DecodeRuneInString(s)
	return size > 0 && unicode.Is(wordTable, r)
}
