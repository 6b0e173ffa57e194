package tokens

import (
	"encoding/json"
	"fmt"
)

// processorFile says what is put around a text's ids.
type processorFile struct {
	typed
	Single []struct {
		Special *templatePart `json:"SpecialToken"`
		Text    *templatePart `json:"Sequence"`
	} `json:"single"` // these two of TemplateProcessing
	Tokens map[string]struct {
		IDs []int32 `json:"ids"`
	} `json:"special_tokens"`
	Cls json.RawMessage `json:"cls"` // these of BertProcessing: a name and an id
	Sep json.RawMessage `json:"sep"`
}

type templatePart struct {
	ID   string `json:"id"`
	Type int    `json:"type_id"`
}

// ends gives the ids that stand before and after a text; a processor that does anything else is refused.
func (f *fastFile) ends() (cls, sep int32, err error) {
	other := fmt.Errorf("%w: %s: the post_processor does not put one token before a text and one after it, as BERT's does", ErrUnsupported, f.path)
	p := f.PostProcessor
	if p == nil {
		return 0, 0, other
	}
	switch p.Type {
	case "TemplateProcessing":
		s := p.Single
		if len(s) != 3 || s[0].Special == nil || s[1].Text == nil || s[2].Special == nil ||
			s[0].Special.Type != 0 || s[1].Text.Type != 0 || s[2].Special.Type != 0 || s[1].Text.ID != "A" {
			return 0, 0, other
		}
		before, after := p.Tokens[s[0].Special.ID].IDs, p.Tokens[s[2].Special.ID].IDs
		if len(before) != 1 || len(after) != 1 {
			return 0, 0, other
		}
		return before[0], after[0], nil
	case "BertProcessing":
		var ids []int32
		for _, raw := range []json.RawMessage{p.Cls, p.Sep} {
			var pair []json.RawMessage
			var id int32
			if json.Unmarshal(raw, &pair) != nil || len(pair) != 2 || json.Unmarshal(pair[1], &id) != nil {
				return 0, 0, other
			}
			ids = append(ids, id)
		}
		return ids[0], ids[1], nil
	}
	return 0, 0, other
}
