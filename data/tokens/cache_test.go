package tokens

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func openCache(t *testing.T, dir string) *Cache {
	t.Helper()
	cache, err := OpenCache(dir)
	if err != nil {
		t.Fatal(err)
	}
	return cache
}

// cached are the ids of texts from a cache.
func cached(ctx context.Context, cache *Cache, e Encoder, texts []string, maxLength int) ([][]int32, error) {
	set, err := cache.Encode(ctx, e, TextList(texts), maxLength)
	if err != nil {
		return nil, err
	}
	return idsOf(set)
}

func idsOf(set *Set) ([][]int32, error) {
	list := make([][]int32, set.Len())
	for i := range list {
		var err error
		if list[i], err = set.At(i); err != nil || len(list[i]) != set.Size(i) {
			return nil, fmt.Errorf("text %d: %d ids, want %d; %w", i, len(list[i]), set.Size(i), err)
		}
	}
	return list, nil
}

// cacheFile is a cache file of ids.
func cacheFile(t testing.TB, ids [][]int32, key [sha256.Size]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	err := writeSet(&b, key, len(ids), func(add func([]int32) error) error {
		for _, text := range ids {
			if err := add(text); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// files lists what a cache has left in its folder.
func files(t *testing.T, dir string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func TestCacheAnswersFromDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "by", "it")
	tok := openWith(t, "testdata/small/vocab.txt", `{}`)
	texts := []string{"hello world", "", "so sad ☠"}
	want, err := EncodeAll(t.Context(), tok, texts, 6)
	if err != nil {
		t.Fatal(err)
	}
	for i, stats := range []CacheStats{{Misses: 1}, {Hits: 1}} {
		cache := openCache(t, dir) // anew: only the disk can remember
		got, err := cached(t.Context(), cache, tok, texts, 6)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("time %d: %s", i, diff)
		}
		if cache.Stats() != stats {
			t.Errorf("time %d: %+v, want %+v", i, cache.Stats(), stats)
		}
	}
	if left := files(t, dir); len(left) != 1 || !strings.HasSuffix(left[0], ".ids") {
		t.Errorf("left %v, want one .ids file", left)
	}
}

func TestCacheTellsSetsApart(t *testing.T) {
	cache := openCache(t, t.TempDir())
	uncased := openWith(t, "testdata/small/vocab.txt", `{}`)
	cased := openWith(t, "testdata/small/vocab.txt", `{"do_lower_case": false}`)
	ask := func(tok *Tokenizer, maxLength int, texts ...string) {
		t.Helper()
		want, err := EncodeAll(t.Context(), tok, texts, maxLength)
		if err != nil {
			t.Fatal(err)
		}
		got, err := cached(t.Context(), cache, tok, texts, maxLength)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	ask(uncased, 0, "Hello", "World")
	ask(cased, 0, "Hello", "World")
	ask(uncased, 8, "Hello", "World")
	ask(uncased, 0, "World", "Hello")
	ask(uncased, 0, "HelloWorld", "")
	ask(uncased, 0, "Hello", "World", "")
	ask(uncased, 0)
	if stats := cache.Stats(); stats != (CacheStats{Misses: 7}) {
		t.Errorf("%+v: some sets were taken for others", stats)
	}
}

func TestCacheReplacesDamage(t *testing.T) {
	dir := t.TempDir()
	tok := openWith(t, "testdata/small/vocab.txt", `{}`)
	texts := []string{"hello world", "so sad"}
	want, err := cached(t.Context(), openCache(t, dir), tok, texts, 0)
	if err != nil {
		t.Fatal(err)
	}
	path := files(t, dir)[0]
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Clone(whole)
	changed[len(cacheMagic)+sha256.Size+3] ^= 1
	for name, content := range map[string][]byte{
		"empty": {}, "cut in the middle": whole[:len(whole)/2], "last byte gone": whole[:len(whole)-1],
		"one bit changed": changed, "something added": append(bytes.Clone(whole), 0),
		"another set": cacheFile(t, [][]int32{{2, 3}}, [sha256.Size]byte{1}),
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(path, content, 0o644); err != nil {
				t.Fatal(err)
			}
			cache := openCache(t, dir)
			got, err := cached(t.Context(), cache, tok, texts, 0)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if stats := cache.Stats(); stats != (CacheStats{Misses: 1, Damaged: 1}) {
				t.Errorf("%+v", stats)
			}
			if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, whole) {
				t.Errorf("the damaged file is not replaced (%v)", err)
			}
		})
	}
}

func TestCacheErrors(t *testing.T) {
	dir := t.TempDir()
	tok := openWith(t, "testdata/small/vocab.txt", `{}`)
	occupied := filepath.Join(dir, "file")
	if err := os.WriteFile(occupied, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenCache(filepath.Join(occupied, "cache")); !errors.Is(err, ErrCache) {
		t.Errorf("a file in the way: got %v", err)
	}

	gone := filepath.Join(dir, "gone")
	cache := openCache(t, gone)
	if err := os.Remove(gone); err != nil {
		t.Fatal(err)
	}
	if _, err := cached(t.Context(), cache, tok, []string{"a"}, 0); !errors.Is(err, ErrCache) {
		t.Errorf("folder removed: got %v", err)
	}

	cache = openCache(t, filepath.Join(dir, "cache"))
	if _, err := cached(t.Context(), cache, tok, []string{"a"}, 1); !errors.Is(err, ErrMaxLength) {
		t.Errorf("length 1: got %v", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := cached(cancelled, cache, tok, []string{"a"}, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
	if left := files(t, filepath.Join(dir, "cache")); len(left) != 0 {
		t.Errorf("failures left %v", left)
	}
}

func TestCacheFileRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		ids := rapid.SliceOf(rapid.SliceOf(rapid.Int32Range(0, math.MaxInt32))).Draw(rt, "ids")
		key := sha256.Sum256([]byte(rapid.String().Draw(rt, "key")))
		content := cacheFile(t, ids, key)
		open := func(content []byte) (*Set, error) {
			return openSet(bytes.NewReader(content), int64(len(content)), key)
		}
		set, err := open(content)
		if err != nil {
			rt.Fatal(err)
		}
		got, err := idsOf(set)
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(ids, got, cmpopts.EquateEmpty()); diff != "" {
			rt.Fatal(diff)
		}
		bad := bytes.Clone(content)
		bad[rapid.IntRange(0, len(bad)-1).Draw(rt, "at")] ^= byte(rapid.IntRange(1, 255).Draw(rt, "bits"))
		if _, err := open(bad); !errors.Is(err, errDamaged) {
			rt.Fatalf("a changed byte went unseen: %v", err)
		}
		if _, err := open(content[:rapid.IntRange(0, len(content)-1).Draw(rt, "length")]); !errors.Is(err, errDamaged) {
			rt.Fatalf("a cut file went unseen: %v", err)
		}
	})
}

// The sequences of a cache are those of texts in memory, of pairs and of single texts.
func TestCachedSequences(t *testing.T) {
	tok := openWith(t, "testdata/small/vocab.txt", `{}`)
	single := TextList{"hello world", "", "so sad so sad so sad"}
	pairs := TextList{"hello world" + PairSign + "so sad", "hello" + PairSign, "so sad so sad" + PairSign + "hello world hello"}
	for _, texts := range []TextList{single, pairs, {}} {
		for _, most := range []int{0, 5, 7} {
			want, wholes, err := Sequences(t.Context(), tok, texts, most)
			if err != nil {
				t.Fatal(err)
			}
			set, whole, err := openCache(t, t.TempDir()).Sequences(t.Context(), tok, texts, most)
			if err != nil {
				t.Fatal(err)
			}
			got := make([]Pair, set.Len())
			for i := range got {
				if got[i], err = set.At(i); err != nil || set.Size(i) != len(got[i].IDs) {
					t.Fatalf("sequence %d: size %d of %v, %v", i, set.Size(i), got[i], err)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" || !slices.Equal(whole, wholes) {
				t.Errorf("at most %d: whole %v, want %v\n%s", most, whole, wholes, diff)
			}
		}
	}
	if _, _, err := openCache(t, t.TempDir()).Sequences(t.Context(), tok, append(slices.Clone(single), pairs...), 0); err == nil {
		t.Error("texts of which some are pairs are taken")
	}
}
