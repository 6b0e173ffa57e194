package tokens

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"

	"ringmaster/durable"
)

// Cache stores token ids of sets of texts in a folder, one file a set. Goroutines and processes may share a folder.
type Cache struct {
	dir                   string
	hits, misses, damaged atomic.Int64
}

// CacheStats counts what a [Cache] has answered since it was opened.
type CacheStats struct {
	Hits    int64 // sets read from disk
	Misses  int64 // sets computed, the damaged ones among them
	Damaged int64 // files found damaged, and replaced
}

// OpenCache opens the cache in dir and makes the folder if it is not there.
func OpenCache(dir string) (*Cache, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCache, err)
	}
	return &Cache{dir: dir}, nil
}

// Stats says how often the ids came from disk.
func (c *Cache) Stats() CacheStats {
	return CacheStats{Hits: c.hits.Load(), Misses: c.misses.Load(), Damaged: c.damaged.Load()}
}

// EncodeAll returns what [EncodeAll] returns, from disk where this very set was encoded before, by an equal encoder
// and for the same length; otherwise it computes and keeps it. A file that is damaged is computed anew.
func (c *Cache) EncodeAll(ctx context.Context, e Encoder, texts []string, maxLength int) ([][]int32, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	key := cacheKey(e, texts, maxLength)
	path := filepath.Join(c.dir, hex.EncodeToString(key[:])+".ids")
	content, err := os.ReadFile(path)
	switch {
	case err == nil:
		if ids, err := decodeSet(content, key); err == nil {
			c.hits.Add(1)
			return ids, nil
		}
		c.damaged.Add(1)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: %w", ErrCache, err)
	}
	c.misses.Add(1)
	ids, err := EncodeAll(ctx, e, texts, maxLength)
	if err != nil {
		return nil, err
	}
	// Private, since the ids are the texts in another form.
	err = durable.WriteFile(path, 0o600, func(w io.Writer) error {
		_, err := w.Write(encodeSet(ids, key))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCache, err)
	}
	return ids, nil
}

// cacheKey hashes all that the ids depend on; lengths stand before texts so that no two sets run together alike.
func cacheKey(e Encoder, texts []string, maxLength int) [sha256.Size]byte {
	h := sha256.New()
	h.Write([]byte(e.Hash()))
	var number [8]byte
	write := func(n int) {
		binary.LittleEndian.PutUint64(number[:], uint64(n))
		h.Write(number[:])
	}
	write(maxLength)
	write(len(texts))
	for _, text := range texts {
		write(len(text))
		h.Write([]byte(text))
	}
	return [sha256.Size]byte(h.Sum(nil))
}
