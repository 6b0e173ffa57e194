package tokens

import (
	"slices"
	"strings"

	"ringmaster/data/replace"
)

// afterPipeline is After for a tokenizer that is none of BERT's. Placeholders come through its normaliser as they are;
// what may differ is in a pipeline's own ways:
//
//   - Its normaliser sees the stretches between raw tokens one by one, and here a text as a whole. Where it strips a
//     stretch's ends, the tokens take the white space beside them instead.
//   - A model over bytes has ids for noncharacters too, so a text keeps those that make up no placeholder.
//   - A word that only looks like a token after the normaliser cannot be broken up, since a word's ids depend on all of
//     it. That is said as a problem.
func (t *Tokenizer) afterPipeline(cleaning []replace.Step) (after *Tokenizer, problems []string, err error) {
	if t.pipe.prependsFirst {
		problems = append(problems, "white space before a text is kept, except for one space")
	}
	if len(cleaning) == 0 {
		return t, problems, nil
	}
	d := t.declared
	d.asFile, d.class = true, nil
	d.steps, d.after, d.tokens = slices.Clone(cleaning), nil, t.declaredTokens()
	raw := d.rawTokens()
	if t.pipe.bytes {
		for i := range raw {
			d.steps = append(d.steps, replace.Literal(placeholder(i), strings.TrimSuffix(placeholder(i), string(placeholderEnd))+unmistakable.With))
		}
	} else {
		d.steps = append(d.steps, unmistakable)
	}
	problems = append(problems, d.protect(cleaning, raw, "token", func(placeholder string, token *declaredToken) {
		if strings.TrimSpace(token.Content) != "" { // else nothing is shown of it, and other white space looks like it
			d.after = append(d.after, replace.Literal(placeholder, token.Content))
		}
		token.LStrip = token.LStrip || t.pipe.stripsRight
		token.RStrip = token.RStrip || t.pipe.stripsLeft
	})...)
	if t.pipe.rewrites && len(d.after) > 0 {
		problems = append(problems, "other characters that the tokenizer's normalizer turns into a special token, such as full-width ones, count as that token")
	}
	if t.hasSpaceToken() {
		problems = append(problems, "a text of white space alone is not empty, and of white space before a special token more than one sign may be a token")
	}
	if t.pipe.prependsFirst {
		problems = append(problems, "a text that begins with something replaced does not begin with the mark of a first word")
	}
	if t.pipe.prepends {
		problems = append(problems, "the tokenizer's normalizer puts something before a text, and no longer before what follows a special token in it")
	}
	d.steps = append(d.steps, t.steps...)
	after, err = build(d)
	return after, problems, err
}

// Trimming is the step that takes white space off a text's ends, where it makes tokens; none where it does not. A
// tokenizer that makes the first word another has none, since a text whose beginning is taken off has no first word any
// more. Where white space itself is an added token, a text of nothing else must stay: the token is normalised as well.
func (t *Tokenizer) Trimming() []replace.Step {
	switch {
	case t.pipe == nil || t.pipe.dropsSpace || t.pipe.prependsFirst:
		return nil
	case t.hasSpaceToken():
		return []replace.Step{replace.TrimWords()}
	}
	return []replace.Step{replace.Trim()}
}

func (t *Tokenizer) hasSpaceToken() bool {
	for _, token := range t.added.tokens {
		if strings.TrimSpace(token.Content) == "" {
			return true
		}
	}
	return false
}

// trailingRestorations are the last steps of a normaliser, in which placeholders become tokens again.
func (p *pipeline) trailingRestorations() (steps []replace.Step) {
	for last := len(p.file.Normalizers) - 1; last >= 0; last-- {
		step, ok := replacementOf(p.file.Normalizers[last])
		if !ok || !isPlaceholder(step.Literal) || isPlaceholder(step.With) {
			break
		}
		steps = append(steps, step)
		p.file.Normalizers, p.normalisers = p.file.Normalizers[:last], p.normalisers[:last]
	}
	slices.Reverse(steps)
	return steps
}
