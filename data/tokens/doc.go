// Package tokens turns text into token ids: those a BERT encoder was trained on, or, for models over whole words,
// places in a list of words ([WordList]). Both are an [Encoder]; [OpenFolder] opens a model folder's own.
//
// A [Tokenizer] belongs to a model's folder and gives, for every text, exactly the ids that Hugging Face's
// BertTokenizerFast gives for the same folder:
//
//	t, err := tokens.Open("models/minilm")
//	ids, err := t.Encode("Sorry to hear that!", 128) // [CLS] … [SEP], at most 128 ids
//
// # What happens to a text
//
//  1. Special tokens standing in the text ("a [MASK] day") become their ids. This is done on the raw text, so
//     "[mask]" is no special token, whatever the model's case. Added tokens that are not "normalized" likewise
//     (added.go).
//  2. What lies between them is normalised as BERT's normaliser has it: control characters dropped, every space
//     made plain, spaces put around Chinese characters, accents stripped and letters lowered where the model's
//     tokenizer_config.json asks for it (normalise.go).
//     A tokenizer.json that replaces texts before (package replace) does so here. Then the other added tokens are
//     looked for.
//  3. The result is cut at spaces and around every punctuation sign into words.
//  4. Each word is cut into the longest pieces the vocabulary knows, by the WordPiece model of
//     github.com/sugarme/tokenizer; a word of more than 100 characters, or with a part that no piece covers, is
//     [UNK]. Only that model is used: its library's own normaliser and splitting differ from Hugging Face's on
//     accents, unusual spaces, some signs and special tokens.
//
// # What a folder declares
//
// Which vocabulary, added tokens, special tokens and settings count is read from the folder's files in the order of
// precedence that transformers 5 has (declare). A folder under which some text would have other ids than there is
// refused in a sentence ([ErrUnsupported]): another model than WordPiece, other steps of the normaliser, ids that the
// files and the vocabulary do not agree on. Version 4 differs in a few odd folders: a token of special_tokens_map.json's
// additional_special_tokens that added_tokens.json numbers is looked for in the raw text there, in the normalised text
// here. [Fits] compares a tokenizer with the rows of its model.
//
// Which characters count as accents, controls or punctuation is not asked of Go's Unicode tables, whose version is
// another than that behind Hugging Face's library, but of tables.go, made by asking that library about every code
// point. Text that is not valid UTF-8 is read as if each bad byte were U+FFFD, which the normaliser drops.
//
// # Promises
//
// A Tokenizer is safe for use by many goroutines, touches no file after Open, and never the network.
// [Tokenizer.Hash] changes whenever the ids of some text could. Ids begin with [CLS], end with [SEP], and are at
// most maxLength long.
//
// # Cache
//
// [Cache] keeps the ids of whole sets of texts on disk, under a name made from their content, the tokenizer and the
// length, so that a second run, or a run with another learning rate, does not tokenise again. A file is either whole
// or absent, and carries a checksum; one that is damaged is computed anew and replaced.
//
// # Tests
//
// testdata/make_reference.py asks transformers for the expected ids: of hard cases, under a small vocabulary of its
// own (testdata/small); of every code point; and, where the real corpora lie beside the checkout, of all their texts.
// testdata/make_folders.py asks it about folders that declare their tokenizers in all ways that were thought of, and in
// random ones.
package tokens
