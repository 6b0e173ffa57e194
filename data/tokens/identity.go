package tokens

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"ringmaster/data/replace"
)

// algorithm is part of Hash: raise it when the ids of any text change.
const algorithm = "bert wordpiece 1"

// identity hashes all that a text's ids depend on.
func (t *Tokenizer) identity() (string, error) {
	n := t.normaliser
	// encoding/json writes maps in the order of their keys.
	if t.pipe != nil {
		return t.pipelineIdentity()
	}
	parts := []any{algorithm, n.chineseChars, n.stripAccents, n.lowercase, t.pieces}
	if !t.plain() {
		parts = append(parts, t.variation())
	}
	content, err := json.Marshal(parts)
	if err != nil {
		return "", fmt.Errorf("hashing the vocabulary: %w", err)
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:]), nil
}

// pipelineAlgorithm is part of the hash of a tokenizer that is none of BERT's.
const pipelineAlgorithm = "pipeline 1"

func (t *Tokenizer) pipelineIdentity() (string, error) {
	f := t.pipe.file
	content, err := json.Marshal([]any{pipelineAlgorithm, f.Normalizers, f.PreTokenizer, f.Model, t.variation()})
	if err != nil {
		return "", fmt.Errorf("hashing the tokenizer: %w", err)
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:]), nil
}

// plain says whether the tokenizer is all that its vocabulary and normaliser make it: with BERT's special tokens and
// nothing else.
func (t *Tokenizer) plain() bool {
	standard := 0
	for key, name := range bertNames {
		id, known := t.pieces[name]
		if !known {
			if key == "mask_token" {
				continue
			}
			return false
		}
		token, added := t.added.tokens[int32(id)]
		if !added || token.normalized() || token.LStrip || token.RStrip || token.SingleWord {
			return false
		}
		standard++
	}
	return standard == len(t.added.tokens) && len(t.steps)+len(t.after) == 0 && t.maxChars == maxWordChars && t.unk == bertNames["unk_token"] &&
		t.cls == t.added.ids[bertNames["cls_token"]] && t.sep == t.added.ids[bertNames["sep_token"]]
}

// variation is what makes a tokenizer other than plain.
func (t *Tokenizer) variation() any {
	type token struct {
		ID                                     int32
		Content                                string
		SingleWord, LStrip, RStrip, Normalized bool
	}
	var list []token
	for _, id := range slices.Sorted(maps.Keys(t.added.tokens)) {
		a := t.added.tokens[id]
		list = append(list, token{id, a.Content, a.SingleWord, a.LStrip, a.RStrip, a.normalized()})
	}
	return []any{list, append([]replace.Step{}, t.steps...), append([]replace.Step{}, t.after...), t.maxChars, t.unk, t.cls, t.sep}
}
