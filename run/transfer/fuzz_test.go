package transfer

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzAnswer asks an owner anything: it answers with bytes of the part that was asked for, or
// refuses.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"name":"it","part":0,"offset":0,"length":5}`, `{"name":"it","part":-1}`, `{"name":"it","part":1,"offset":-1,"length":5}`,
		`{"name":"it","part":0,"offset":9223372036854775807,"length":9223372036854775807}`, `{"name":"../it"}`, `{"part":2147483648}`, `[`,
	} {
		f.Add([]byte(seed))
	}
	content := []byte("what is offered")
	f.Fuzz(func(t *testing.T, question []byte) {
		o := &offers{names: map[string]*offer{}}
		o.add("it", &offer{parts: []io.ReaderAt{bytes.NewReader(content), fileAt("/nowhere/at/all")}, contents: func() contents { return contents{Sizes: []int{len(content)}} }})
		room := make([]byte, 8)
		got, err := o.answer(question, room)
		if err == nil && len(got) > len(room) && !json.Valid(got) {
			t.Fatalf("%q is answered with %q", question, got)
		}
		if err == nil && len(got) <= len(room) && !bytes.Contains(content, got) {
			t.Fatalf("%q is answered with %q", question, got)
		}
	})
}

// FuzzFolder has another machine describe a folder in any words: one that passes leads to no path
// outside of the place that it is put at.
func FuzzFolder(f *testing.F) {
	good, err := json.Marshal(FolderOf("/x", []File{{Name: "config.json", Size: 2, SHA256: strings.Repeat("0", 64)}}))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"id":"../../.ssh","path":"/nowhere","files":[{"name":"authorized_keys","size":0,"sha256":"x"}]}`))
	f.Add([]byte(`{"id":"x","files":[{"name":"..","size":-1},{"name":"a/b"},{"name":""}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var folder Folder
		if json.Unmarshal(text, &folder) != nil || folder.Check() != nil {
			return
		}
		const place = "/cache"
		for _, path := range append([]string{folder.ID}, names(folder)...) {
			if at := filepath.Join(place, path); filepath.Dir(at) != place || strings.ContainsAny(path, "\x00\n\x1b"+string(os.PathSeparator)) {
				t.Fatalf("%q leads to %q", path, at)
			}
		}
		if folder.Within(1000, 1<<40) == nil && len(folder.Files) > 1000 {
			t.Fatal("more files than allowed")
		}
	})
}

func names(f Folder) (list []string) {
	for _, file := range f.Files {
		list = append(list, file.Name)
	}
	return list
}

// What an attacker made a worker delete and plant: a folder whose ID climbs out of the cache.
func TestAFolderThatLeadsElsewhereIsRefused(t *testing.T) {
	home := t.TempDir()
	cache, victim := filepath.Join(home, "cache", "folders"), filepath.Join(home, ".ssh")
	if err := os.MkdirAll(victim, 0o700); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(victim, "authorized_keys")
	if err := os.WriteFile(key, []byte("the owner's key"), 0o600); err != nil {
		t.Fatal(err)
	}
	sum := strings.Repeat("0", 64)
	nc := connect(t)
	for name, f := range map[string]Folder{
		"an ID that climbs":      {ID: "../../.ssh", Path: "/nowhere", Files: []File{{Name: "authorized_keys", SHA256: sum}}},
		"an ID that is absolute": {ID: victim, Path: "/nowhere"},
		"no ID":                  {Path: "/nowhere"},
		"another folder's ID":    {ID: FolderOf("", nil).ID, Path: "/nowhere", Files: []File{{Name: "a", SHA256: sum}}},
		"a name that climbs":     FolderOf("/nowhere", []File{{Name: "../../../.ssh/authorized_keys", SHA256: sum}}),
		"a name twice":           FolderOf("/nowhere", []File{{Name: "a", SHA256: sum}, {Name: "a", SHA256: sum}}),
		"escape codes":           FolderOf("/nowhere", []File{{Name: "a\x1b[2J", SHA256: sum}}),
		"a size below 0":         FolderOf("/nowhere", []File{{Name: "a", Size: -1, SHA256: sum}}),
		"no checksum":            FolderOf("/nowhere", []File{{Name: "a"}}),
	} {
		if dir, err := Obtain(t.Context(), nc, "files", f, cache); err == nil || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%s: %s, %v", name, dir, err)
		}
		if err := Fetch(t.Context(), nc, "files", f, filepath.Join(cache, "x")); err == nil {
			t.Errorf("%s is fetched", name)
		}
	}
	if text, err := os.ReadFile(key); err != nil || string(text) != "the owner's key" {
		t.Errorf("the owner's file is now %q, %v", text, err)
	}
}
