package data

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"ringmaster/data/textfile"
)

// columnName is what a column of a table may be called.
var columnName = regexp.MustCompile(`^[\pL_][\pL\pN_.-]*$`)

// textColumns are names that tables give to their texts.
var textColumns = []string{"text", "texts", "sentence", "sentence1", "content", "review", "body", "essay", "tweet", "comment", "message", "document"}

// looksLike guesses that a text of an undeclared format is not lines of text, and says what
// it is; empty if it finds no sign of that. Without it, a header or JSON would silently be
// classified as texts.
func looksLike(text *textfile.File) string {
	head, _ := text.Peek(text.Buffered()) // what is buffered can be had
	line, _, whole := strings.Cut(strings.TrimLeft(string(head), " \t\r\n"), "\n")
	line = strings.TrimSpace(line)
	switch {
	case strings.HasPrefix(line, "{") && whole && json.Valid([]byte(line)), strings.HasPrefix(line, "{\""):
		return "looks like JSON: use --format jsonl and --text FIELD (or --format lines, if each line is a text)"
	case strings.HasPrefix(line, "[{"), line == "[":
		return "looks like a JSON array: use --format json and --text FIELD (or --format lines, if each line is a text)"
	}
	for delimiter, format := range map[string]string{",": "csv", "\t": "tsv", ";": "csv --delimiter ';'"} {
		if isHeader(strings.Split(line, delimiter)) {
			return "looks like a table with a header: use --format " + format + " and --text COLUMN (or --format lines, if each line is a text)"
		}
	}
	return ""
}

// isHeader says whether fields are names of columns, one of them of a text.
func isHeader(fields []string) bool {
	found := false
	for _, field := range fields {
		field = strings.Trim(field, `"`)
		if !columnName.MatchString(field) {
			return false
		}
		found = found || slices.Contains(textColumns, strings.ToLower(field))
	}
	return found && len(fields) > 1
}
