package transfer

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// noise is n bytes that are not regular.
func noise(t *testing.T, n int, seed byte) []byte {
	t.Helper()
	b := make([]byte, n)
	if _, err := rand.NewChaCha8([32]byte{seed}).Read(b); err != nil {
		t.Fatal(err)
	}
	return b
}

// What stands in memory arrives whole, in parts of many pieces, of one, and of none; also
// when it is asked for before it is there.
func TestMemoryArrivesWhole(t *testing.T) {
	nc := connect(t)
	want := [][]byte{noise(t, 20*pieceBytes+5, 1), noise(t, 7, 2), nil, noise(t, pieceBytes, 3)}
	got := make([][]byte, len(want))
	for i, p := range want {
		got[i] = make([]byte, len(p))
	}
	type result struct {
		note []byte
		err  error
	}
	fetched := make(chan result, 1)
	go func() {
		note, err := FetchMemory(context.Background(), nc, "memory", "it", time.Minute, got)
		fetched <- result{note, err}
	}()
	m, err := ServeMemory(nc, "memory")
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	m.Offer("other", nil, noise(t, 9, 4))
	m.Offer("it", []byte("a note"), want...)
	r := <-fetched
	if r.err != nil || string(r.note) != "a note" {
		t.Fatalf("note %q, %v", r.note, r.err)
	}
	for i := range want {
		if !bytes.Equal(got[i], want[i]) {
			t.Errorf("part %d differs", i)
		}
	}
}

func TestMemoryThatCannotBeFetchedSaysSo(t *testing.T) {
	nc := connect(t)
	m, err := ServeMemory(nc, "memory")
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	content := noise(t, 100, 1)
	m.Offer("it", nil, content)
	fetch := func(ctx context.Context, name string, patience time.Duration, size int) error {
		_, err := FetchMemory(ctx, nc, "memory", name, patience, [][]byte{make([]byte, size)})
		return err
	}
	if err := fetch(context.Background(), "it", time.Minute, 99); !errors.Is(err, ErrDamaged) {
		t.Errorf("of another size: %v", err)
	}
	if err := fetch(context.Background(), "it", time.Minute, 100); err != nil {
		t.Error(err)
	}
	content[5]++ // what must not change, after its checksum was taken
	if err := fetch(context.Background(), "it", time.Minute, 100); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "xxHash") {
		t.Errorf("changed: %v", err)
	}
	m.Withdraw()
	if err := fetch(context.Background(), "it", 10*time.Millisecond, 100); !errors.Is(err, ErrSilent) {
		t.Errorf("withdrawn: %v", err)
	}
	enough := errors.New("enough")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(enough)
	if err := fetch(ctx, "it", time.Minute, 100); !errors.Is(err, enough) {
		t.Errorf("cancelled: %v", err)
	}
}

// What is not asked for any more is let go of, a newer one of the same name is not.
func TestMemoryIsLetGo(t *testing.T) {
	m := &Memory{&offers{names: map[string]*offer{}}}
	m.Offer("it", nil, []byte("old"))
	old, err := m.offers.wanted("it")
	if err != nil {
		t.Fatal(err)
	}
	m.Offer("it", nil, []byte("new"))
	m.offers.release("it", old) // as its timer does
	now, err := m.offers.wanted("it")
	if err != nil || !m.Has("it") || m.Has("that") {
		t.Fatal(err)
	}
	m.offers.release("it", now)
	if _, err := m.offers.wanted("it"); !errors.Is(err, errAbsent) {
		t.Errorf("got %v", err)
	}
}
