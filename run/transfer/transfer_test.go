package transfer

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

func connect(t *testing.T) *nats.Conn {
	t.Helper()
	return connectWith(t, 0)
}

// connectWith connects to a server that lets so much through at once; 0 is the usual 1 MiB.
func connectWith(t *testing.T, maxPayload int32) *nats.Conn {
	t.Helper()
	srv, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true, MaxPayload: maxPayload})
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	t.Cleanup(func() { srv.Shutdown(); srv.WaitForShutdown() })
	nc, err := nats.Connect("", nats.InProcessServer(srv))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

// folder writes two files, one of several pieces, and describes them.
func folder(t *testing.T) Folder {
	t.Helper()
	dir := t.TempDir()
	big := make([]byte, 2*pieceBytes+77)
	random := rand.NewChaCha8([32]byte{7})
	if _, err := random.Read(big); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"weights": big, "config.json": []byte("{}"), "empty": nil} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f, err := Describe(dir)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAFolderArrivesWhole(t *testing.T) {
	nc := connect(t)
	srv, err := Serve(nc, "files")
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	f := folder(t)
	srv.Offer(f)

	here, err := Obtain(context.Background(), nc, "files", f, t.TempDir())
	if err != nil || here != f.Path {
		t.Errorf("with the folder at hand: %s, %v; want it used in place", here, err)
	}

	owner := f
	owner.Path = "/nowhere" // as on another machine
	cache := t.TempDir()
	dir, err := Obtain(context.Background(), nc, "files", owner, cache)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Describe(dir)
	if err != nil || got.ID != f.ID {
		t.Errorf("what arrived is %s (%v), want %s", got.ID, err, f.ID)
	}

	// A damaged copy is fetched again.
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte("[]"), 0o644); err != nil {
		t.Fatal(err)
	}
	if dir, err = Obtain(context.Background(), nc, "files", owner, cache); err != nil {
		t.Fatal(err)
	}
	if got, err := Describe(dir); err != nil || got.ID != f.ID {
		t.Errorf("after damage: %s (%v), want %s", got.ID, err, f.ID)
	}
	left, err := os.ReadDir(cache)
	if err != nil || len(left) != 1 {
		t.Errorf("the cache holds %d entries (%v), want the folder alone", len(left), err)
	}
}

func TestWhatCannotBeFetchedSaysSo(t *testing.T) {
	nc := connect(t)
	srv, err := Serve(nc, "files")
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	f := folder(t)

	if err := Fetch(context.Background(), nc, "files", f, filepath.Join(t.TempDir(), "x")); !errors.Is(err, ErrRefused) {
		t.Errorf("an unknown folder: %v", err)
	}
	srv.Offer(f)
	files := append([]File(nil), f.Files...)
	for i := range files {
		files[i].SHA256 = "00"
	}
	changed := FolderOf(f.Path, files)
	srv.Offer(changed)
	target := filepath.Join(t.TempDir(), "x")
	if err := Fetch(context.Background(), nc, "files", changed, target); !errors.Is(err, ErrDamaged) {
		t.Errorf("other contents than promised: %v", err)
	}
	if _, err := os.Stat(target); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a failed fetch left %s (%v)", target, err)
	}
	escape := Folder{ID: f.ID, Files: []File{{Name: "../x", Size: 1}}}
	if err := Fetch(context.Background(), nc, "files", escape, target); !errors.Is(err, ErrBadName) {
		t.Errorf("a name that leaves the folder: %v", err)
	}
}

// A server that lets little through at once takes longer, and that is all.
func TestSmallPayloadsCarryEverything(t *testing.T) {
	nc := connectWith(t, 64<<10)
	srv, err := Serve(nc, "files")
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	f := folder(t)
	srv.Offer(f)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := Fetch(ctx, nc, "files", f, filepath.Join(t.TempDir(), "x")); err != nil {
		t.Error(err)
	}
	m, err := ServeMemory(nc, "memory")
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	want, got := noise(t, 3*pieceBytes+5, 1), make([]byte, 3*pieceBytes+5)
	m.Offer("it", nil, want)
	if _, err := FetchMemory(ctx, nc, "memory", "it", time.Minute, [][]byte{got}); err != nil || !bytes.Equal(want, got) {
		t.Error(err)
	}
}
