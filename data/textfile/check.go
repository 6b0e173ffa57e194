package textfile

import (
	"bytes"
	"errors"

	"ringmaster/errkind"
)

// others are kinds of files that begin in their own way, and what to do about each.
var others = []struct{ start, is, do string }{
	{"PAR1", "a Parquet file, but text is expected", "set format to parquet where a format is declared, else save it as CSV or JSONL"},
	{"PARE", "an encrypted Parquet file", "save it without encryption"},
	{"\xfd7zXZ\x00", "compressed by xz, which is not supported", "decompress it (unxz)"},
	{"\x04\x22\x4d\x18", "compressed by lz4, which is not supported", "decompress it (unlz4)"},
	{"\x1f\x9d", "compressed by compress, which is not supported", "decompress it (uncompress)"},
	{"7z\xbc\xaf\x27\x1c", "a 7z archive, which is not supported", "unpack it"},
	{"Rar!\x1a\x07", "a RAR archive, which is not supported", "unpack it"},
	{"\x1f\x8b\x08", "compressed twice", "decompress it once"},
	{"\x28\xb5\x2f\xfd", "compressed twice", "decompress it once"},
	{"PK\x03\x04", "an archive in a compressed file", "unpack it"},
	{"ARROW1", "an Arrow file", "save it as Parquet, CSV or JSONL"},
	{"FEA1", "a Feather file", "save it as Parquet, CSV or JSONL"},
	{"Obj\x01", "an Avro file", "save it as Parquet, CSV or JSONL"},
	{"SQLite format 3\x00", "an SQLite database", "save the table as CSV or JSONL"},
	{"\x89HDF\r\n", "an HDF5 file", "save it as Parquet, CSV or JSONL"},
	{"\x93NUMPY", "a NumPy array", "save the texts as CSV or JSONL"},
	{"\xd0\xcf\x11\xe0", "an old Office document", "save its table as CSV (UTF-8)"},
	{"%PDF-", "a PDF document", "save its text as a text file"},
	{`{\rtf`, "an RTF document", "save its text as a text file"},
	{"\x89PNG", "a picture", "name a text file"},
	{"\xff\xd8\xff", "a picture", "name a text file"},
	{"\x7fELF", "a program", "name a text file"},
	{"version https://git-lfs.github.com/spec/", "a Git LFS pointer to a file that was not fetched", "fetch it (git lfs pull)"},
}

// checkText refuses what does not begin as UTF-8 text does, and skips a byte order mark.
func (f *File) checkText(head []byte) error {
	encoding := func(format string, args ...any) error {
		return errkind.Errorf(ErrEncoding, "the file %s is "+format, append([]any{f.name}, args...)...)
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		_, err := f.Discard(3)
		return err
	case bytes.HasPrefix(head, []byte("\xff\xfe\x00\x00")), bytes.HasPrefix(head, []byte("\x00\x00\xfe\xff")):
		return encoding("UTF-32: save it as UTF-8")
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return encoding("UTF-16: save it as UTF-8")
	}
	for _, other := range others {
		if bytes.HasPrefix(head, []byte(other.start)) {
			kind := ErrNotText
			if other.start == "PAR1" {
				kind = errors.Join(ErrNotText, ErrParquet)
			}
			return errkind.Errorf(kind, "%s is %s: %s", f.name, other.is, other.do)
		}
	}
	if len(head) > 262 && string(head[257:262]) == "ustar" {
		return errkind.Errorf(ErrNotText, "%s is a tar archive: unpack it", f.name)
	}
	even, odd := zeros(head)
	switch total := even + odd; {
	case total*100 <= len(head):
	case total*3 > len(head) && (even == 0 || odd == 0):
		return encoding("UTF-16 without a byte order mark: save it as UTF-8")
	default:
		return errkind.Errorf(ErrNotText, "%s is not a text file: %d of its first %d bytes are zero; name a text in UTF-8", f.name, total, len(head))
	}
	if end := bytes.IndexByte(head, '\r'); end >= 0 && end < len(head)-1 && bytes.IndexByte(head, '\n') < 0 {
		return errkind.Errorf(ErrNotText, "the lines of %s end in CR alone, as on old Macintosh systems: convert it to LF (tr '\\r' '\\n')", f.name)
	}
	return nil
}

// zeros counts zero bytes at even and at odd places.
func zeros(b []byte) (even, odd int) {
	for i, x := range b {
		if x == 0 && i%2 == 0 {
			even++
		} else if x == 0 {
			odd++
		}
	}
	return even, odd
}
