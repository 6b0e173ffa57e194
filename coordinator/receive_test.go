package coordinator

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

func TestOnlyRegularFilesOfAWorkersOwnFolderAreTakenOver(t *testing.T) {
	parent := t.TempDir()
	scratch := filepath.Join(parent, protocol.ScratchPrefix+"1")
	shard, outside := filepath.Join(scratch, "shards", "part"), filepath.Join(parent, "elsewhere")
	put := func(path string) {
		t.Helper()
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte("four"), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	put(filepath.Join(shard, "state"))
	put(filepath.Join(outside, "secret"))
	if err := errors.Join(
		syscall.Mkfifo(filepath.Join(shard, "pipe"), 0o600),
		os.Symlink(filepath.Join(outside, "secret"), filepath.Join(shard, "link")),
		os.Symlink(outside, filepath.Join(scratch, "way-out")),
		os.Symlink(scratch, filepath.Join(parent, protocol.ScratchPrefix+"link")),
	); err != nil {
		t.Fatal(err)
	}
	file := func(name string, size int64) []transfer.File { return []transfer.File{{Name: name, Size: size}} }
	for _, c := range []struct {
		name, path string
		files      []transfer.File
		want       bool
	}{
		{"a shard", shard, file("state", 4), true},
		{"of another size", shard, file("state", 5), false},
		{"missing", shard, file("nothing", 4), false},
		{"a pipe", shard, file("pipe", 0), false},
		{"a link", shard, file("link", 4), false},
		{"a name that climbs", shard, file("../part/state", 4), false},
		{"a folder behind a link", filepath.Join(scratch, "way-out"), file("secret", 4), false},
		{"a scratch folder that is a link", filepath.Join(parent, protocol.ScratchPrefix+"link", "shards", "part"), file("state", 4), false},
		{"elsewhere", outside, file("secret", 4), false},
		{"a path that climbs", shard + "/../../../elsewhere", file("secret", 4), false},
		{"a path from here", "shards", file("state", 4), false},
		{"devices", "/dev", file("zero", 0), false},
		{"nothing", "", nil, false},
	} {
		if got := onThisMachine(transfer.Folder{Path: c.path, Files: c.files}); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if os.Geteuid() != 0 {
		t.Log("not root: a folder of another user is not tried")
		return
	}
	if err := os.Chown(scratch, 4711, 4711); err != nil {
		t.Fatal(err)
	}
	if onThisMachine(transfer.Folder{Path: shard, Files: file("state", 4)}) {
		t.Error("another user's folder is taken from")
	}
}

func TestNoMoreIsFetchedThanTheModelExplains(t *testing.T) {
	var a activeStage
	a.begin.Folder.Files = []transfer.File{{Name: "model.safetensors", Size: 100 << 20}}
	many := make([]transfer.File, 1000)
	for _, c := range []struct {
		name  string
		files []transfer.File
		fine  bool
	}{
		{"a model", []transfer.File{{Name: "model.safetensors", Size: 101 << 20}, {Name: "vocab.txt", Size: 1 << 20}}, true},
		{"a state", []transfer.File{{Name: "state", Size: 400 << 20}}, true},
		{"a pebibyte", []transfer.File{{Name: "m", Size: 1 << 50}}, false},
		{"sizes that overflow", []transfer.File{{Name: "a", Size: math.MaxInt64}, {Name: "b", Size: math.MaxInt64}}, false},
		{"a negative size", []transfer.File{{Name: "a", Size: -1}}, false},
		{"many files", many, false},
	} {
		err := a.checkSize(transfer.Folder{Files: c.files})
		if (err == nil) != c.fine || err != nil && !errors.Is(err, transfer.ErrTooLarge) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// A worker that offers files, lives, and hands nothing over does not hold the run up without end;
// a slow one has its time.
func TestAHandoverIsNotWaitedForWithoutEnd(t *testing.T) {
	file := func(size int64) transfer.Folder { return transfer.Folder{Files: []transfer.File{{Size: size}}} }
	for _, c := range []struct {
		size int64
		want time.Duration
	}{{0, 2 * time.Minute}, {1 << 20, 2*time.Minute + 4*time.Second}, {440 << 20, 2*time.Minute + 1760*time.Second}} {
		if got := handoverTime(file(c.size)); got != c.want {
			t.Errorf("%d bytes may take %s, want %s", c.size, got, c.want)
		}
	}
	srv, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	defer func() { srv.Shutdown(); srv.WaitForShutdown() }()
	nc, err := nats.Connect("", nats.InProcessServer(srv))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if _, err := nc.Subscribe(protocol.WorkerFilesSubject("it", "evil"), func(*nats.Msg) {}); err != nil {
		t.Fatal(err)
	}
	g := newGateway("it", nil)
	g.nc = &connection{Conn: nc}
	g.sessions["evil"] = &session{id: "evil"}
	over := errors.New("over")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(50*time.Millisecond, func() { cancel(over) })
	folder := transfer.FolderOf("/x", []transfer.File{{Name: "config.json", Size: 2, SHA256: strings.Repeat("0", 64)}})
	if err := g.fetch(ctx, "evil", folder, filepath.Join(t.TempDir(), "x")); !errors.Is(err, over) {
		t.Errorf("it ends with %v", err)
	}
}
