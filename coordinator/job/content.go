package job

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"ringmaster/data"
)

// Contents are hashes, by task, over all rows that the job learns from and is scored on: their numbers, texts and gold
// answers, or a pretraining's packed tokens. A run that is resumed is held against those that it began with. The error is of kind
// tokens.ErrCache or spool.ErrDisk.
func (j *Job) Contents() (map[string]string, error) {
	contents := map[string]string{}
	if j.Masked != nil {
		parts, err := j.maskedParts()
		if err != nil {
			return nil, err
		}
		contents[j.Tasks[0].Name], err = hashOf(parts)
		return contents, err
	}
	for _, t := range j.read() {
		var parts []any
		for _, part := range []data.Part{t.Corpus.Train, t.Corpus.Valid, t.Corpus.Test} {
			hash, err := data.Hash(part)
			if err != nil {
				return nil, err
			}
			parts = append(parts, hash)
		}
		var err error
		if contents[t.Name], err = hashOf(parts); err != nil {
			return nil, err
		}
	}
	return contents, nil
}

func hashOf(parts []any) (string, error) {
	text, err := json.Marshal(parts)
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8]), err
}
