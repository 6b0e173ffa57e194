package weights

import (
	"archive/zip"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// A few bytes must not become gigabytes: by their number, by sharing, by holding themselves, or
// by what a message prints of them.
func TestSmallPicklesStaySmall(t *testing.T) {
	shared := "\x80\x02]q\x00" // a list, and lists that hold the one before twice: 2^40 leaves
	for i := range 40 {
		last := string([]byte{byte(i)})
		shared += "](h" + last + "h" + last + "eq" + string([]byte{byte(i + 1)})
	}
	for name, c := range map[string]struct{ pickle, why string }{
		"shared":          {shared + "NR.", "one list, tuple or dictionary in two places"},
		"holds itself":    {"\x80\x02]q\x00h\x00aNR.", "one list, tuple or dictionary in two places"},
		"many operations": {"\x80\x02" + strings.Repeat("]", maxPickleOps) + ".", "operations"},
		"a call's result": {"\x80\x02ccollections\nOrderedDict\n)Rq\x00h\x00.", "two places"},
		"a long name":     {"\x80\x02cposix\n" + strings.Repeat("x", 1<<20) + "\n.", "refers to posix.xxx"},
		"never kept":      {"\x80\x02h\x07.", "never stored"},
		"no mark":         {"\x80\x02K\x01t.", "pops what is not on the stack"},
		"printed back":    {"\x80\x02}(" + strings.Repeat("]", 1<<17) + "tR.", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, _, _, err := readStateDict([]byte(c.pickle))
			runtime.ReadMemStats(&after)
			if !errors.Is(err, errPickle) || !strings.Contains(err.Error(), c.why) || len(err.Error()) > 1000 {
				t.Errorf("%.300v", err)
			}
			if took := after.TotalAlloc - before.TotalAlloc; took > 256<<20 {
				t.Errorf("it took %d MB", took>>20)
			}
		})
	}
}

// What torch never compresses is refused compressed: 16 KB could hold 16 MB of operations.
func TestACompressedPickleIsRefused(t *testing.T) {
	var file bytes.Buffer
	archive := zip.NewWriter(&file)
	w, err := archive.Create("archive/data.pkl") // deflated
	if err == nil {
		_, err = w.Write([]byte("\x80\x02" + strings.Repeat("]", 1<<22) + "."))
	}
	if err = errors.Join(err, archive.Close()); err != nil {
		t.Fatal(err)
	}
	dir := copyFolder(t, "pickle-zip")
	put(t, filepath.Join(dir, pickleFile), file.String())
	if _, err := Open(dir); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), `"archive/data.pkl" is compressed`) {
		t.Errorf("a file of %d bytes: %v", file.Len(), err)
	}
}

// The state dictionary of a real model is far within the bound.
func TestRealPicklesAreWithinTheBound(t *testing.T) {
	for _, name := range []string{"pickle-zip", "pickle-legacy"} {
		if _, err := Open(testFolder(name)); err != nil {
			t.Error(err)
		}
	}
	if info, err := os.Stat(filepath.Join(testFolder("pickle-legacy"), pickleFile)); err != nil || info.Size() < 10000 {
		t.Error("the pickle is no real one")
	}
}
