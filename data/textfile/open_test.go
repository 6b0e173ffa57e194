package textfile

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"ringmaster/inputfile"
)

func gzipped(t testing.TB, content string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func zstandard(t testing.TB, content string) string {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(w.EncodeAll([]byte(content), nil))
}

// zipped is an archive of files: name, content, name, content, …
func zipped(t testing.TB, files ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		file, err := w.Create(files[i])
		if err == nil {
			_, err = io.WriteString(file, files[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// bzipped is "café\nhope\n" as bzip2 writes it.
const bzipped = "QlpoOTFBWSZTWePR1W4AAAHBlAAQK0DAAAAgCAAgACIGmjIQAwCwI3yb8XckU4UJDj0dVuA="

// put writes a file.
func put(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func lines(t *testing.T, f *File) string {
	t.Helper()
	var all []string
	for {
		line, err := f.ReadLine()
		if errors.Is(err, io.EOF) {
			return strings.Join(all, "|")
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, line)
	}
}

func TestWhatIsRead(t *testing.T) {
	const text = "café\nhope\n"
	packed, err := base64.StdEncoding.DecodeString(bzipped)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, content, inner string }{
		{"a.txt", text, "a.txt"},
		{"a.txt", "\xef\xbb\xbf" + text, "a.txt"},
		{"a.txt", "café\r\nhope", "a.txt"},
		{"a.csv.gz", gzipped(t, text), "a.csv"},
		{"misnamed.txt", gzipped(t, text), "misnamed.txt"},
		{"a.gz", gzipped(t, "café\n") + gzipped(t, "hope\n"), "a"}, // two members, as cat makes
		{"a.gz", gzipped(t, "\xef\xbb\xbf"+text), "a"},
		{"a.tsv.zst", zstandard(t, text), "a.tsv"},
		{"a.bz2", string(packed), "a"},
		{"a.zip", zipped(t, "in/b.jsonl", text), "b.jsonl"},
		{"a.zip", zipped(t, "b.csv", text, "__MACOSX/._b.csv", "x", "dir/", "", ".DS_Store", "x"), "b.csv"},
	} {
		f, err := Open(put(t, c.name, c.content), c.name)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := lines(t, f); got != "café|hope" || f.Inner() != c.inner || f.Line() != 2 {
			t.Errorf("%s: %q of %s, %d lines", c.name, got, f.Inner(), f.Line())
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if strings.HasSuffix(c.name, "zip") {
			continue
		}
		stream, err := From(strings.NewReader(c.content), c.name)
		if err != nil {
			t.Errorf("stream of %s: %v", c.name, err)
		} else if got := lines(t, stream); got != "café|hope" {
			t.Errorf("stream of %s: %q", c.name, got)
		}
	}
	for _, content := range []string{"", "\n", "\xef\xbb\xbf"} {
		f, err := Open(put(t, "empty", content), "empty")
		if err != nil {
			t.Errorf("%q: %v", content, err)
		} else if got := lines(t, f); got != "" {
			t.Errorf("%q: %q", content, got)
		}
	}
}

func utf16(text string, first int) string {
	var b strings.Builder
	for _, r := range text {
		unit := [2]byte{byte(r), byte(r >> 8)}
		b.WriteByte(unit[first])
		b.WriteByte(unit[1-first])
	}
	return b.String()
}

func TestWhatIsRefused(t *testing.T) {
	long := strings.Repeat("hope and grief\n", 100)
	locked := []byte(zipped(t, "a.txt", long))
	for _, at := range []int{6, bytes.Index(locked, []byte("PK\x01\x02")) + 8} {
		locked[at] |= 1 // the mark of a password
	}
	odd := []byte(zipped(t, "a.txt", long))
	for _, at := range []int{8, bytes.Index(odd, []byte("PK\x01\x02")) + 10} {
		odd[at] = 14 // LZMA
	}
	squashed := gzipped(t, long)
	for name, c := range map[string]struct {
		content string
		kind    error
		words   string
	}{
		"UTF-16, little end first":   {"\xff\xfe" + utf16(long, 0), ErrEncoding, "is UTF-16: save it as UTF-8"},
		"UTF-16, big end first":      {"\xfe\xff" + utf16(long, 1), ErrEncoding, "is UTF-16"},
		"UTF-16 without a mark":      {utf16(long, 0), ErrEncoding, "is UTF-16 without a byte order mark"},
		"UTF-16 without a mark, big": {utf16(long, 1), ErrEncoding, "is UTF-16 without a byte order mark"},
		"UTF-16 in gzip":             {gzipped(t, "\xff\xfe"+utf16(long, 0)), ErrEncoding, "is UTF-16"},
		"UTF-32":                     {"\xff\xfe\x00\x00h\x00\x00\x00", ErrEncoding, "is UTF-32"},
		"zeros":                      {strings.Repeat("\x00\x00\x01", 100), ErrNotText, "is not a text file: 200 of its first 300 bytes are zero"},
		"Parquet":                    {"PAR1\x15\x04", ErrParquet, "is a Parquet file"},
		"Parquet in gzip":            {gzipped(t, "PAR1\x15\x04"), ErrParquet, "is a Parquet file"},
		"xz":                         {"\xfd7zXZ\x00\x00\x04", ErrNotText, "compressed by xz, which is not supported: decompress it (unxz)"},
		"7z":                         {"7z\xbc\xaf\x27\x1c\x00", ErrNotText, "a 7z archive"},
		"tar":                        {"a.txt" + strings.Repeat("-", 252) + "ustar\x0000", ErrNotText, "is a tar archive: unpack it"},
		"tar in gzip":                {gzipped(t, "a.txt"+strings.Repeat("-", 252)+"ustar\x0000"), ErrNotText, "is a tar archive: unpack it"},
		"gzip in gzip":               {gzipped(t, squashed), ErrNotText, "compressed twice"},
		"PDF":                        {"%PDF-1.7\n", ErrNotText, "a PDF document"},
		"Git LFS":                    {"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", ErrNotText, "git lfs pull"},
		"CR alone":                   {"hope\rgrief\r", ErrNotText, "end in CR alone"},
		"gzip cut short":             {squashed[:len(squashed)-12], ErrCompressed, "cannot be decompressed: unexpected EOF"},
		"gzip with a wrong sum":      {squashed[:len(squashed)-8] + "12345678", ErrCompressed, "cannot be decompressed: gzip: invalid checksum"},
		"gzip of a mark alone":       {"\x1f\x8b\x08", ErrCompressed, "cannot be decompressed"},
		"zstd that is none":          {"\x28\xb5\x2f\xfd" + long, ErrCompressed, "cannot be decompressed"},
		"zip of two":                 {zipped(t, "a", "1", "b", "2"), ErrCompressed, "is a zip archive of 2 files (a, b), and one is expected"},
		"zip of many":                {zipped(t, "a", "", "b", "", "c", "", "d", "", "e", "", "f", ""), ErrCompressed, "6 files (a, b, c, d, e, …)"},
		"zip of none":                {zipped(t), ErrCompressed, "without a file in it"},
		"zip with a password":        {string(locked), ErrCompressed, "needs a password"},
		"zip by LZMA":                {string(odd), ErrCompressed, "compressed by method 14"},
		"zip cut short":              {zipped(t, "a", long)[:60], ErrCompressed, "cannot be decompressed"},
		"Excel":                      {zipped(t, "[Content_Types].xml", "<x/>", "xl/workbook.xml", "<x/>"), ErrNotText, "is an Office document"},
	} {
		f, err := Open(put(t, "corpus", c.content), "corpus")
		for err == nil {
			_, err = f.ReadLine()
		}
		if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.words) || !strings.Contains(err.Error(), "corpus") {
			t.Errorf("%s: %v\nwant %q", name, err, c.words)
		}
		if strings.HasPrefix(name, "zip") || name == "Excel" {
			c.kind, c.words = ErrCompressed, "can only be read from a file"
		}
		stream, err := From(strings.NewReader(c.content), "standard input")
		for err == nil {
			_, err = stream.ReadLine()
		}
		if errors.Is(err, io.EOF) && (errors.Is(c.kind, ErrNotText) || errors.Is(c.kind, ErrEncoding)) {
			continue // of a stream only the first line is looked at as a whole
		}
		if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.words) {
			t.Errorf("stream of %s: %v\nwant %q", name, err, c.words)
		}
	}
}

func TestWhatIsNoFileIsRefused(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(dir, "corpus"); !errors.Is(err, inputfile.ErrNotRegular) || !strings.HasPrefix(err.Error(), "corpus is a directory") {
		t.Error(err)
	}
	if _, err := Open("/dev/zero", "corpus"); !errors.Is(err, inputfile.ErrNotRegular) {
		t.Error(err)
	}
	if _, err := Open(filepath.Join(dir, "x"), "corpus"); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "full path") {
		t.Error(err)
	}
}

// TestExpandingIsBounded reads what gives 80 MiB and is a few hundred kilobytes at most, and
// the same up to what any file may give.
func TestExpandingIsBounded(t *testing.T) {
	line := strings.Repeat("hope ", 200) + "\n"
	bomb := strings.Repeat(line, 80<<20/len(line))
	small := strings.Repeat(line, 10<<20/len(line))
	for name, pack := range map[string]func(string) string{
		"gzip": func(s string) string { return gzipped(t, s) },
		"zstd": func(s string) string { return zstandard(t, s) },
		"zip":  func(s string) string { return zipped(t, "a", s) },
	} {
		path := put(t, name, pack(bomb))
		f, err := Open(path, name)
		n := 0
		for ; err == nil; n++ {
			_, err = f.ReadLine()
		}
		if !errors.Is(err, ErrExpands) || !strings.Contains(err.Error(), name+" expands to more than 64 MiB") {
			t.Errorf("%s: %v after %d lines", name, err, n)
		}
		if n > (freely+block)/len(line) {
			t.Errorf("%s: %d lines were read", name, n)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if f, err = Open(put(t, name, pack(small)), name); err != nil {
			t.Fatal(err)
		}
		for n = 0; err == nil; n++ {
			_, err = f.ReadLine()
		}
		if !errors.Is(err, io.EOF) || n-1 != len(small)/len(line) {
			t.Errorf("%s of 10 MiB: %d lines, %v", name, n-1, err)
		}
	}
}

// endless gives one byte for ever.
type endless byte

// filled are blocks of the bytes that are given, which are copied: a loop is slow under -race.
var filled = map[endless][]byte{'a': bytes.Repeat([]byte("a"), block), '\n': bytes.Repeat([]byte("\n"), block)}

func (e endless) Read(p []byte) (int, error) { return copy(p, filled[e]), nil }

func TestLinesAreBounded(t *testing.T) {
	f, err := From(endless('a'), "standard input")
	if err == nil {
		_, err = f.ReadLine()
	}
	if !errors.Is(err, ErrTooLong) || !strings.Contains(err.Error(), "standard input has a line of more than 64 MiB") {
		t.Error(err)
	}
	// Lines that end are no matter, nor records that are said to begin anew.
	f, err = From(io.LimitReader(io.MultiReader(strings.NewReader("a\n"), endless('\n')), 100<<20), "x")
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, f)
	if err != nil || n != 100<<20 {
		t.Errorf("%d bytes, %v", n, err)
	}
	f, err = From(io.LimitReader(endless('a'), 100<<20), "x")
	if err != nil {
		t.Fatal(err)
	}
	f.BoundRecords()
	for err == nil {
		f.StartRecord()
		_, err = io.CopyN(io.Discard, f, 10<<20)
	}
	if !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

// TestAStreamIsNotAwaited has somebody write a line and wait for the answer.
func TestAStreamIsNotAwaited(t *testing.T) {
	in, out := io.Pipe()
	wrote := make(chan error, 1)
	answered := make(chan struct{})
	go func() {
		_, err := io.WriteString(out, "a\n")
		<-answered
		wrote <- errors.Join(err, out.Close())
	}()
	f, err := From(in, "standard input") // would never come back if it wanted more
	if err != nil {
		t.Fatal(err)
	}
	if line, err := f.ReadLine(); line != "a" || err != nil || f.Waiting() {
		t.Errorf("%q, %v, waiting %v", line, err, f.Waiting())
	}
	close(answered)
	if err := <-wrote; err != nil {
		t.Fatal(err)
	}
}

// FuzzOpen holds that every failure of a file is a sentence that names it.
func FuzzOpen(f *testing.F) {
	f.Add("hope\n", 0)
	f.Add(gzipped(f, "hope\nand grief\n"), 12)
	f.Add(zstandard(f, "hope\nand grief\n"), 5)
	f.Add(zipped(f, "a.txt", "hope\nand grief\n"), 30)
	f.Add("BZh91AY&SY\x02\x96\x75\x87\x00", 11)
	f.Fuzz(func(t *testing.T, content string, cut int) {
		if cut > 0 && cut < len(content) {
			content = content[:cut]
		}
		file, err := Open(put(t, "f", content), "f")
		if err == nil {
			defer file.Close()
			for err == nil {
				_, err = file.ReadLine()
			}
		}
		for _, known := range []error{io.EOF, ErrNotText, ErrEncoding, ErrCompressed, ErrExpands, ErrTooLong} {
			if errors.Is(err, known) {
				return
			}
		}
		t.Errorf("an error without a name: %v", err)
	})
}
