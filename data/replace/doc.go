// Package replace holds the replacements that cleaning makes in a text, in a form that a Hugging Face tokenizer
// carries too: a step of tokenizer.json's normaliser ("Replace"). So a text that a transformers pipeline is asked
// about is treated as training treated its texts.
//
// A [Step] is applied here by Go's regular expressions (RE2) and there by Oniguruma, or by another engine in other
// builds of the tokenizers library. The two differ in what \s, \b, \p{L} and case folding mean, in the age of their
// Unicode tables, and RE2 has no lookbehind. So the patterns that are written ([Step.Regex]) name every character they
// mean, and [Parse] knows only these: any other regular expression is [ErrUnknownPattern], not a guess.
// testdata/make_reference.py asks the library what it makes of them.
package replace
