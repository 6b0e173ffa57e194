package config

import "strings"

// Format is a file format.
type Format string

// The formats. TSV has no quoting: a quotation mark is a character. JSONL is an object a
// line or one array of objects, and JSON another name of it. Lines and Paragraphs are plain
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

// FormatNames are all formats as a person reads them.
func FormatNames() string { return strings.Join(names(Formats()), ", ") }

// Plain says whether a file of the format is text and nothing else.
func (f Format) Plain() bool { return f == Lines || f == Paragraphs }

// Delimited says whether a file of the format is lines of fields.
func (f Format) Delimited() bool { return f == CSV || f == TSV }

// Ending is the format that a file's name tells; ok is false where it tells none.
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
