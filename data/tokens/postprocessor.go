package tokens

import (
	"encoding/json"
	"fmt"
	"slices"
)

// processorFile says what is put around a text's ids.
type processorFile struct {
	typed
	Single []struct {
		Special *templatePart `json:"SpecialToken"`
		Text    *templatePart `json:"Sequence"`
	} `json:"single"` // these three of TemplateProcessing
	Pair []struct {
		Special *templatePart `json:"SpecialToken"`
		Text    *templatePart `json:"Sequence"`
	} `json:"pair"`
	Tokens map[string]struct {
		IDs []int32 `json:"ids"`
	} `json:"special_tokens"`
	Cls json.RawMessage `json:"cls"` // these of BertProcessing: a name and an id
	Sep json.RawMessage `json:"sep"`
	// Processors are those of a Sequence.
	Processors []processorFile `json:"processors"`
}

// flat is the one processor that puts tokens around texts; ByteLevel only moves offsets.
func (p *processorFile) flat() *processorFile {
	if p == nil || p.Type != "Sequence" {
		return p
	}
	var found *processorFile
	for i := range p.Processors {
		if p.Processors[i].Type == "ByteLevel" {
			continue
		}
		if found != nil {
			return p
		}
		found = p.Processors[i].flat()
	}
	return found
}

// pairForm says how two texts are joined; none: in a way that is not supported.
func (f *fastFile) pairForm(cls, sep int32) (form pairForm, none bool) {
	p := f.PostProcessor.flat()
	if p == nil {
		return form, true
	}
	switch p.Type {
	case "BertProcessing":
		return pairForm{1, true}, false
	case "RobertaProcessing":
		return pairForm{2, false}, false
	}
	is := func(i int, id int32, kind int) bool {
		s := p.Pair[i].Special
		return s != nil && s.Type == kind && slices.Equal(p.Tokens[s.ID].IDs, []int32{id})
	}
	last := len(p.Pair) - 1
	if last < 4 || !is(0, cls, 0) || p.Pair[1].Text == nil || p.Pair[1].Text.ID != "A" || p.Pair[1].Text.Type != 0 {
		return form, true
	}
	second := p.Pair[last-1].Text
	if second == nil || second.ID != "B" || second.Type > 1 || !is(last, sep, second.Type) {
		return form, true
	}
	for i := 2; i < last-1; i++ {
		if !is(i, sep, 0) {
			return form, true
		}
	}
	return pairForm{last - 3, second.Type == 1}, false
}

type templatePart struct {
	ID   string `json:"id"`
	Type int    `json:"type_id"`
}

// ends gives the ids that stand before and after a text; a processor that does anything else is refused.
func (f *fastFile) ends() (cls, sep int32, err error) {
	other := fmt.Errorf("%w: %s: the post_processor does not put one token before a text and one after it, as BERT's does", ErrUnsupported, f.path)
	p := f.PostProcessor.flat()
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
	case "BertProcessing", "RobertaProcessing":
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
