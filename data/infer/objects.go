package infer

import (
	"encoding/json"
	"strconv"
	"strings"

	"ringmaster/errkind"
)

// readObjects reads JSON objects: one a line, or one array of them.
func (t *table) readObjects(text *sample) error {
	if first := strings.TrimLeft(text.pieces[0], " \t\r\n"); strings.HasPrefix(first, "[") {
		return t.readArray(first, text.share == 1)
	}
	for _, piece := range text.pieces {
		for line := range strings.Lines(piece) {
			if strings.TrimSpace(line) != "" {
				t.takeObject([]byte(line))
			}
		}
	}
	if len(t.rows) < 2 && t.broken > len(t.rows) || len(t.rows) == 1 && t.onlyObjects() {
		return errkind.Errorf(ErrUnsuitable, "%s is one JSON object and not a list of rows: write one object per line, or one array of objects (pandas: df.to_json(\"rows.jsonl\", orient=\"records\", lines=True))", t.name)
	}
	return nil
}

// onlyObjects says whether the one row has no cell that could be a text or label.
func (t *table) onlyObjects() bool {
	for _, c := range t.rows[0] {
		if c.isText || c.text != "" {
			return false
		}
	}
	return true
}

// readArray reads the objects of an array, as far as it was read.
func (t *table) readArray(text string, whole bool) error {
	decoder := json.NewDecoder(strings.NewReader(text))
	if _, err := decoder.Token(); err != nil {
		return errkind.Errorf(ErrUnsuitable, "%s is no JSON: %v", t.name, err)
	}
	for decoder.More() {
		var raw json.RawMessage
		if err := decoder.Decode(&raw); err != nil {
			if whole {
				return errkind.Errorf(ErrUnsuitable, "%s: the JSON array is broken after element %d: %v", t.name, len(t.rows)+t.broken, err)
			}
			break
		}
		t.takeObject(raw)
	}
	if !whole {
		t.sampled, t.share = "only its beginning was read", 0
	}
	return nil
}

// takeObject adds a row; fields that were not met before become columns.
func (t *table) takeObject(raw []byte) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(raw, &object); err != nil || object == nil {
		t.broken++
		return
	}
	for _, name := range fieldOrder(raw) {
		if t.columnAt(name) < 0 {
			t.columns = append(t.columns, name)
		}
	}
	row := make([]cell, len(t.columns))
	for name, value := range object {
		row[t.columnAt(name)] = jsonCell(value)
	}
	t.rows = append(t.rows, row)
}

func (t *table) columnAt(name string) int {
	for i, c := range t.columns {
		if c == name {
			return i
		}
	}
	return -1
}

// fieldOrder are the names of an object's fields as they stand in it.
func fieldOrder(raw []byte) []string {
	decoder := json.NewDecoder(strings.NewReader(string(raw)))
	if _, err := decoder.Token(); err != nil {
		return nil
	}
	var names []string
	for decoder.More() {
		name, err := decoder.Token()
		text, ok := name.(string)
		var value json.RawMessage
		if err != nil || !ok || decoder.Decode(&value) != nil {
			return names
		}
		names = append(names, text)
	}
	return names
}

// jsonCell is a value as a cell; null and objects are empty ones that are no text.
func jsonCell(raw json.RawMessage) cell {
	var value any
	decoder := json.NewDecoder(strings.NewReader(string(raw)))
	decoder.UseNumber()
	if decoder.Decode(&value) != nil {
		return cell{}
	}
	if list, ok := value.([]any); ok {
		c := cell{isList: true}
		for _, item := range list {
			if text, scalar := scalarText(item); scalar {
				c.list = append(c.list, text)
			}
		}
		return c
	}
	text, _ := scalarText(value)
	_, isText := value.(string)
	return cell{text: text, isText: isText}
}

func scalarText(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}
