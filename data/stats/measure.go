package stats

import "ringmaster/data/words"

// measured is what is counted in one text.
type measured struct {
	words, sentences int
	tokens           int // 0: not counted; an encoder gives at least one
	phrases          []string
}

func measure(text string) measured {
	return measured{words: len(words.Of(text)), sentences: words.Sentences(text), phrases: nounPhrases(text)}
}

// textsCounter gathers what was counted.
type textsCounter struct {
	words, sentences, tokens []int
	phrases                  phraseCounter
}

func newTextsCounter() *textsCounter { return &textsCounter{phrases: phraseCounter{}} }

func (c *textsCounter) add(m measured) {
	c.words = append(c.words, m.words)
	c.sentences = append(c.sentences, m.sentences)
	if m.tokens > 0 {
		c.tokens = append(c.tokens, m.tokens)
	}
	c.phrases.add(m.phrases)
}

func (c *textsCounter) texts(class string, phrases int) Texts {
	t := Texts{
		Class: class, Words: lengthsOf(c.words), Sentences: lengthsOf(c.sentences),
		Phrases: c.phrases.top(phrases), wordCounts: c.words,
	}
	if len(c.tokens) > 0 {
		tokens := lengthsOf(c.tokens)
		t.Tokens = &tokens
	}
	return t
}
