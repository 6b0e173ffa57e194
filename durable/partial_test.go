package durable_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"ringmaster/durable"
)

// A file that was cut goes on from what had arrived, and has its name only when it is whole.
func TestPartialGoesOnAfterACut(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "weights")
	want := bytes.Repeat([]byte("weights "), 1000)
	for at := 0; at < len(want); at += 3000 {
		p, err := durable.OpenPartial(path)
		if err != nil {
			t.Fatal(err)
		}
		if p.Size() != int64(at) {
			t.Fatalf("%d bytes are there, want %d", p.Size(), at)
		}
		if _, err := p.Write(want[at:min(at+3000, len(want))]); err != nil {
			t.Fatal(err)
		}
		if err := p.Close(); err != nil { // the cut
			t.Fatal(err)
		}
		wantNames(t, dir, "weights"+durable.PartSuffix)
	}
	p, err := durable.OpenPartial(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := p.Sum()
	if err := p.Finish(); err != nil {
		t.Fatal(err)
	}
	wantNames(t, dir, "weights")
	if got, err := durable.Sum(path); err != nil || got != sum || read(t, path) != string(want) {
		t.Errorf("%+v, %v; want %+v", got, err, sum)
	}
}

func TestPartialStartsAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "it")
	put(t, path+durable.PartSuffix, "of another file")
	p, err := durable.OpenPartial(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Restart(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Write([]byte("new")); err != nil {
		t.Fatal(err)
	}
	if err := p.Finish(); err != nil || read(t, path) != "new" {
		t.Errorf("holds %q, %v", read(t, path), err)
	}
}

// A link that another user has put there is not followed.
func TestPartialFollowsNoLink(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "keep"), "precious")
	if err := os.Symlink("keep", filepath.Join(dir, "it"+durable.PartSuffix)); err != nil {
		t.Fatal(err)
	}
	if p, err := durable.OpenPartial(filepath.Join(dir, "it")); err == nil {
		t.Error("a link was opened", p.Close())
	}
}

func TestNeedRoomSaysWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	if err := durable.NeedRoom(dir, 1); err != nil {
		t.Error(err)
	}
	if err := durable.NeedRoom(dir, 1<<60); !errors.Is(err, durable.ErrNoRoom) {
		t.Error(err)
	}
}
