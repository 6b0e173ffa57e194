package config

import "strings"

// Format is a file format.
type Format string

// The formats. TSV has no quoting: a quotation mark is a character. JSONL is an object a
// line or one array of objects; JSON is another name for it. Lines and Paragraphs are plain
// text, a document a line or up to the next blank line, without labels.
const (
	CSV        Format = "csv"
	TSV        Format = "tsv"
	JSONL      Format = "jsonl"
	JSON       Format = "json"
	Parquet    Format = "parquet"
	Lines      Format = "lines"
	Paragraphs Format = "paragraphs"
)

// Formats are all formats.
func Formats() []Format { return []Format{CSV, TSV, JSONL, JSON, Parquet, Lines, Paragraphs} }

// FormatNames lists all formats, for messages.
func FormatNames() string { return strings.Join(names(Formats()), ", ") }

// Plain reports whether a file of the format is plain text, without columns.
func (f Format) Plain() bool { return f == Lines || f == Paragraphs }

// Delimited reports whether a file of the format has lines of delimited fields.
func (f Format) Delimited() bool { return f == CSV || f == TSV }

// Ending is the format of a file by its name's extension; ok is false for an unknown one.
func Ending(name string) (f Format, ok bool) {
	at := strings.LastIndexByte(name, '.')
	if at < 0 {
		return "", false
	}
	f, ok = map[string]Format{
		"csv": CSV, "tsv": TSV, "jsonl": JSONL, "ndjson": JSONL, "json": JSON, "parquet": Parquet, "txt": Lines,
	}[strings.ToLower(name[at+1:])]
	return f, ok
}
