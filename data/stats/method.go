package stats

// Method says how numbers are found, for people.
const Method = `Texts are cleaned as the declaration says. Words and sentences are those of Unicode's UAX #29: a word
has a letter or a digit ("don't" is one, "well-known" two, <URL> one), a sentence has a word, and a line
break ends it. Quantiles are the smallest length that at least that share of the texts does not exceed.
Noun phrases are found by rule, without a tagger: within a sentence and between punctuation marks, an
article, possessive or demonstrative may begin one; words follow that are on no list of function words,
adverbs, do not end in -ly, do not follow a subject pronoun, "to" or an auxiliary (those are verbs), and,
but for one right after an article or the like, are no common verb and do not end in -ed or -ing; "of"
joins two. Four words that end where such a phrase, or its part before "of", ends are counted, in small letters.
Two texts are the same if every character is, after cleaning. A text is contained in another if its words,
four or more, occur there in a row; it nearly matches another if at least half of all runs of three words that
either has are in both. Case and punctuation are ignored in this. Tokens are those of the run file's model, with
[CLS] and [SEP].`
