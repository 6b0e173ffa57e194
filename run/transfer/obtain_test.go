package transfer

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"ringmaster/durable"
)

// elsewhere is a folder whose owner is on another machine, with one large file.
func elsewhere(t *testing.T) Folder {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "weights"), noise(t, 9<<20, 3), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Describe(dir)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func from(f Folder) Folder { f.Path = "/nowhere"; return f }

// silentAfter serves a folder, but answers only so many questions.
func silentAfter(t *testing.T, nc *nats.Conn, f Folder, answers int64) *nats.Subscription {
	t.Helper()
	s := &Server{&offers{names: map[string]*offer{}}}
	s.Offer(f)
	var given atomic.Int64
	room := make([]byte, pieceBytes)
	sub, err := nc.Subscribe("files", func(m *nats.Msg) {
		if given.Add(1) > answers {
			return
		}
		piece, err := s.offers.answer(m.Data, room)
		if err != nil {
			t.Error(err)
		}
		_ = m.Respond(piece)
	})
	if err != nil {
		t.Fatal(err)
	}
	return sub
}

// offsets notes which pieces are asked for.
func offsets(t *testing.T, nc *nats.Conn) func() map[int64]int {
	t.Helper()
	asked := make(chan int64, 1000)
	if _, err := nc.Subscribe("files", func(m *nats.Msg) {
		var q question
		if err := json.Unmarshal(m.Data, &q); err != nil {
			t.Error(err)
		}
		asked <- q.Offset
	}); err != nil {
		t.Fatal(err)
	}
	return func() map[int64]int {
		seen := map[int64]int{}
		for len(asked) > 0 {
			seen[<-asked]++
		}
		return seen
	}
}

// A worker that is killed in the middle leaves what it has, and the next one asks for the rest.
func TestObtainGoesOnAfterACut(t *testing.T) {
	nc, f, cache := connect(t), elsewhere(t), t.TempDir()
	sub := silentAfter(t, nc, f, inFlight+3) // one window, and some of the next
	ctx, cancel := context.WithCancel(context.Background())
	part := filepath.Join(cache, durable.Prefix+f.ID+durable.PartSuffix, "weights"+durable.PartSuffix)
	go func() {
		for arrived := int64(0); arrived == 0; time.Sleep(time.Millisecond) {
			if info, err := os.Stat(part); err == nil {
				arrived = info.Size()
			}
		}
		cancel()
	}()
	if _, err := Obtain(ctx, nc, "files", from(f), cache); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if err := sub.Unsubscribe(); err != nil {
		t.Fatal(err)
	}
	asked := offsets(t, nc)
	srv, err := Serve(nc, "files")
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	srv.Offer(f)
	dir, err := Obtain(context.Background(), nc, "files", from(f), cache)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Describe(dir); err != nil || got.ID != f.ID {
		t.Errorf("what arrived is %s (%v), want %s", got.ID, err, f.ID)
	}
	for offset := range asked() {
		if offset < inFlight*pieceBytes {
			t.Errorf("the piece at %d was fetched again", offset)
		}
	}
	if left, err := os.ReadDir(cache); err != nil || len(left) != 1 {
		t.Errorf("the cache holds %v (%v), want the folder alone", left, err)
	}
}

// A coordinator that is gone for a moment, and does not know the folder at once when it is back, is
// waited for.
func TestObtainWaitsForAnOwnerThatIsAway(t *testing.T) {
	nc, f := connect(t), elsewhere(t)
	type result struct {
		dir string
		err error
	}
	done := make(chan result, 1)
	cache := t.TempDir()
	go func() {
		dir, err := Obtain(context.Background(), nc, "files", from(f), cache)
		done <- result{dir, err}
	}()
	select {
	case r := <-done:
		t.Fatalf("it did not wait: %v", r.err)
	case <-time.After(200 * time.Millisecond): // nobody serves
	}
	srv, err := Serve(nc, "files")
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	select {
	case r := <-done:
		t.Fatalf("it did not wait: %v", r.err)
	case <-time.After(200 * time.Millisecond): // it serves, but not this folder
	}
	srv.Offer(f)
	if r := <-done; r.err != nil {
		t.Error(r.err)
	}
}

// Workers of one machine fetch a folder once.
func TestWorkersOfAMachineShareAFolder(t *testing.T) {
	nc, f, cache := connect(t), elsewhere(t), t.TempDir()
	asked := offsets(t, nc)
	srv, err := Serve(nc, "files")
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	srv.Offer(f)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if dir, err := Obtain(context.Background(), nc, "files", from(f), cache); err != nil || dir != filepath.Join(cache, f.ID) {
				t.Error(dir, err)
			}
		})
	}
	all.Wait()
	for offset, times := range asked() {
		if times > 1 {
			t.Errorf("the piece at %d was fetched %d times", offset, times)
		}
	}
}

// What an owner changes after it has offered it does not get its name; nor does what has no room.
func TestWhatCannotBeObtained(t *testing.T) {
	nc, f, cache := connect(t), elsewhere(t), t.TempDir()
	srv, err := Serve(nc, "files")
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	srv.Offer(f)
	if err := os.WriteFile(filepath.Join(f.Path, "weights"), noise(t, 9<<20, 4), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Obtain(context.Background(), nc, "files", from(f), cache); !errors.Is(err, ErrDamaged) {
		t.Errorf("a changed file: %v", err)
	}
	if _, err := os.Stat(filepath.Join(cache, f.ID)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it got its name: %v", err)
	}
	huge := FolderOf("/nowhere", []File{{Name: "weights", Size: 1 << 60, SHA256: f.Files[0].SHA256}})
	if _, err := Obtain(context.Background(), nc, "files", huge, cache); !errors.Is(err, durable.ErrNoRoom) {
		t.Errorf("an exabyte: %v", err)
	}
	climbing := f
	climbing.ID = "../x"
	if _, err := Obtain(context.Background(), nc, "files", from(climbing), cache); !errors.Is(err, ErrBadName) {
		t.Errorf("an ID that climbs out: %v", err)
	}
}
