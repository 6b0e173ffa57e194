package spool

import (
	"errors"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"

	"ringmaster/cachedir"
)

// filled is a list of n strings of 0 to 200 bytes, and the same strings in memory.
func filled(t *testing.T, n int) (*List, []string) {
	t.Helper()
	t.Setenv(cachedir.Env, t.TempDir())
	random := rand.New(rand.NewPCG(1, 2))
	l, want := &List{}, make([]string, n)
	for i := range want {
		want[i] = strings.Repeat(string(rune('a'+i%26)), random.IntN(200))
		if i == n/2 {
			want[i] = strings.Repeat("long", window) // longer than what is read at a time
		}
		if err := l.Append(want[i]); err != nil {
			t.Fatal(err)
		}
	}
	return l, want
}

func TestList(t *testing.T) {
	for _, n := range []int{1, 100, 300_000} { // the last goes to the disk
		l, want := filled(t, n)
		if onDisk := l.file != nil; l.Len() != n || onDisk != (n > 1000) {
			t.Fatalf("%d strings: length %d, on disk %v", n, l.Len(), onDisk)
		}
		if names, err := os.ReadDir(os.Getenv(cachedir.Env)); err != nil || len(names) > 0 {
			t.Errorf("%d strings: %v left in the cache directory, %v", n, names, err)
		}
		r := l.Reader()
		for i := range want {
			if got, err := r.Read(i); err != nil || string(got) != want[i] || l.Size(i) != len(want[i]) {
				t.Fatalf("of %d strings number %d is %q, %v; want %q", n, i, got, err, want[i])
			}
		}
		var group sync.WaitGroup
		for seed := range 4 {
			group.Go(func() {
				random := rand.New(rand.NewPCG(3, uint64(seed)))
				r := l.Reader()
				for range 2000 {
					i := random.IntN(n)
					if got, err := r.Read(i); err != nil || string(got) != want[i] {
						t.Errorf("of %d strings number %d is %q, %v; want %q", n, i, got, err, want[i])
						return
					}
					if same, err := l.Is(i, want[i]); err != nil || !same {
						t.Errorf("string %d: %v, %v", i, same, err)
					}
					if same, err := l.Is(i, want[i]+"x"); err != nil || same {
						t.Errorf("string %d and more: %v, %v", i, same, err)
					}
				}
			})
		}
		group.Wait()
	}
}

func TestNoPlace(t *testing.T) {
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(cachedir.Env, file)
	var l List
	err := l.Append(strings.Repeat("x", inMemory))
	if !errors.Is(err, ErrDisk) || !strings.Contains(err.Error(), cachedir.Env) {
		t.Errorf("got %v", err)
	}
}
