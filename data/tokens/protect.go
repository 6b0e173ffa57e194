package tokens

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"ringmaster/data/replace"
)

// Cleaning comes before special tokens are looked for: a link may hold "[SEP]", and a replacement may take "[SEP]" away.
// In tokenizer.json it is a part of the normaliser, and raw tokens are looked for before that. So they are made
// normalised ones, and a step after cleaning writes each as a placeholder of noncharacters, which BERT's normaliser
// leaves as they are: "[MASK]" is found and "[mask]" is not, as before. A text that has such a placeholder itself is
// kept from being taken for one: its character at the ends becomes another that no vocabulary knows either.
//
// After BERT's normaliser the placeholders become the tokens again, so that transformers shows "[MASK]" where it shows
// tokens. What looks like a token by then and was none ("[MA\u200bSK]") is broken by a space beside a punctuation sign,
// where words are cut anyway. A token without such a sign stays a placeholder if a text could look like it.

// unmistakable takes what a placeholder begins and ends with out of a text.
var unmistakable = replace.Literal(string(placeholderEnd), "\ufffe")

// placeholder is the text that stands for protected token number n.
func placeholder(n int) string {
	digits := []rune{placeholderEnd}
	for ; ; n /= placeholderBase {
		digits = append(digits, placeholderDigit+rune(n%placeholderBase))
		if n < placeholderBase {
			return string(append(digits, placeholderEnd))
		}
	}
}

const (
	placeholderEnd   = '\uffff'
	placeholderDigit = '\ufdd0' // the first of 32 noncharacters
	placeholderBase  = 32
)

func isPlaceholder(s string) bool {
	inner, begins := strings.CutPrefix(s, string(placeholderEnd))
	inner, ends := strings.CutSuffix(inner, string(placeholderEnd))
	return begins && ends && inner != "" && !strings.ContainsFunc(inner, func(r rune) bool {
		return r < placeholderDigit || r >= placeholderDigit+placeholderBase
	})
}

// After is the tokenizer for texts that cleaning has not been through: it takes the steps first. problems names, a
// sentence each, the tokens for which a text may get other ids than [Tokenizer] gives the cleaned text.
func (t *Tokenizer) After(cleaning []replace.Step) (after *Tokenizer, problems []string, err error) {
	if t.pipe != nil {
		return t.afterPipeline(cleaning)
	}
	if len(cleaning) == 0 {
		return t, nil, nil
	}
	d := t.declared
	d.asFile, d.class = true, nil
	d.steps, d.after = slices.Clone(cleaning), slices.Clone(t.after)
	d.tokens = t.declaredTokens()
	raw := d.rawTokens()
	d.steps = append(d.steps, unmistakable)
	var restored []replace.Step
	problems = d.protect(cleaning, raw, "special token", func(placeholder string, token *declaredToken) {
		if t.normaliser.lowercase && hasCapital(token.Content) {
			restored = append(restored, replace.Literal(placeholder, token.Content)) // no normalised text looks like it
		} else if broken, ok := breakUp(token.Content); ok {
			d.after = append(d.after, replace.Literal(token.Content, broken))
			restored = append(restored, replace.Literal(placeholder, token.Content))
		}
	})
	if len(t.steps)+len(t.after) > 0 && len(raw) > 0 {
		problems = append(problems, "the model's own tokenizer replaces texts too; a text with a special token inside a replaced part may differ")
	}
	d.steps, d.after = append(d.steps, t.steps...), append(d.after, restored...)
	after, err = build(d)
	return after, problems, err
}

// rawTokens are the added tokens that are looked for in the raw text, the longest first: it is the one that is found where
// several begin.
func (d *declared) rawTokens() []declaredToken {
	raw := slices.DeleteFunc(slices.Clone(d.tokens), func(t declaredToken) bool { return t.normalized() })
	slices.SortStableFunc(raw, func(a, b declaredToken) int { return len(b.Content) - len(a.Content) })
	return raw
}

// protect writes raw tokens as placeholders after cleaning, and makes them normalised ones; restore is called for each, to
// make it a token again. what is how problems call such a token.
func (d *declared) protect(cleaning []replace.Step, raw []declaredToken, what string, restore func(placeholder string, token *declaredToken)) (problems []string) {
	problems = overlaps(d.tokens)
	for i, token := range raw {
		if changed := applyAll(cleaning, token.Content); changed != token.Content {
			problems = append(problems, fmt.Sprintf("cleaning makes %q of the %s %q, which is still found in texts that have it", changed, what, token.Content))
			continue
		}
		if token.SingleWord {
			problems = append(problems, fmt.Sprintf("whether the token %q is a separate word is decided after cleaning", token.Content))
		}
		d.steps = append(d.steps, replace.Literal(token.Content, placeholder(i)))
		at := slices.IndexFunc(d.tokens, func(t declaredToken) bool { return t.Content == token.Content })
		normalized := true
		d.tokens[at].Normalized = &normalized
		restore(placeholder(i), &d.tokens[at])
	}
	for _, token := range d.tokens {
		if token.normalized() && applyAll(cleaning, token.Content) != token.Content {
			problems = append(problems, fmt.Sprintf("cleaning changes the added token %q", token.Content))
		}
	}
	return problems
}

// Cleaned is the tokenizer for texts that have been through the first steps already: what After was called on.
func (t *Tokenizer) Cleaned(steps int) (*Tokenizer, error) {
	if steps == 0 {
		return t, nil
	}
	if steps < 0 || steps > len(t.steps) {
		return nil, fmt.Errorf("%w: %s should begin with %d steps of cleaning and has %d", ErrBadConfig, t.source, steps, len(t.steps))
	}
	d := t.declared
	d.steps, d.tokens = t.steps[steps:], t.declaredTokens()
	if len(d.steps) > 0 && d.steps[0].Equal(unmistakable) {
		d.steps = d.steps[1:]
	}
	for len(d.steps) > 0 && isPlaceholder(d.steps[0].Literal) {
		d.steps = d.steps[1:]
	}
	for len(d.steps) > 0 && isPlaceholder(d.steps[0].With) {
		at := slices.IndexFunc(d.tokens, func(t declaredToken) bool { return t.Content == d.steps[0].Literal })
		if at < 0 {
			break
		}
		d.tokens[at].Normalized = new(bool)
		if t.pipe != nil {
			d.tokens[at].LStrip = d.tokens[at].LStrip && !t.pipe.stripsRight
			d.tokens[at].RStrip = d.tokens[at].RStrip && !t.pipe.stripsLeft
		}
		d.steps = d.steps[1:]
	}
	d.after = slices.DeleteFunc(slices.Clone(t.after), func(s replace.Step) bool {
		broken, ok := breakUp(s.Literal)
		return isPlaceholder(s.Literal) || ok && broken == s.With && slices.ContainsFunc(d.tokens, func(t declaredToken) bool {
			return t.Content == s.Literal && !t.normalized()
		})
	})
	return build(d)
}

// declaredTokens are the added tokens by their ids, as if one file declared them all.
func (t *Tokenizer) declaredTokens() []declaredToken {
	var list []declaredToken
	for _, id := range slices.Sorted(maps.Keys(t.added.tokens)) {
		list = append(list, declaredToken{t.added.tokens[id], int(id), t.source})
	}
	return list
}

func hasCapital(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return 'A' <= r && r <= 'Z' })
}

// breakUp puts a space into a token beside a punctuation sign: the words are the same, and the token is not found.
func breakUp(token string) (string, bool) {
	for i, r := range token {
		if !isPunctuation(r) {
			continue
		}
		if end := i + utf8.RuneLen(r); end < len(token) {
			return token[:end] + " " + token[end:], true
		}
		return token[:i] + " " + token[i:], i > 0
	}
	return "", false
}

func applyAll(steps []replace.Step, text string) string {
	for _, step := range steps {
		text = step.Apply(text)
	}
	return text
}

// overlaps names raw tokens of which one ends as another begins: replaced one after the other, another may be found.
func overlaps(tokens []declaredToken) (problems []string) {
	for _, a := range tokens {
		for _, b := range tokens {
			// Of one token the first is found either way.
			if a.Content != b.Content && !a.normalized() && !b.normalized() && overlap(a.Content, b.Content) {
				problems = append(problems, fmt.Sprintf("the token %q ends as %q begins, and which is found where they overlap may differ", a.Content, b.Content))
			}
		}
	}
	return problems
}

func overlap(a, b string) bool {
	for n := 1; n < min(len(a), len(b)); n++ {
		if strings.HasSuffix(a, b[:n]) {
			return true
		}
	}
	return false
}
