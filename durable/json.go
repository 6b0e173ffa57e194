package durable

import (
	"encoding/json"
	"io"
)

// WriteJSON is WriteFile with a value as JSON for people to read: indented, and with <, > and &
// as they are.
func WriteJSON(path string, value any) error { return WriteFile(path, 0o644, JSON(value)) }

// JSON gives what writes a value so, for WriteFile and its like.
func JSON(value any) func(io.Writer) error {
	return func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(value)
	}
}
