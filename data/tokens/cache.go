package tokens

import (
	"bytes"
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

// Encode gives the ids that [EncodeAll] gives, from disk where this very set was encoded before, by an equal encoder
// and for the same length; otherwise it computes and keeps them. A file that is damaged is computed anew. Neither the
// texts nor the ids are ever all in memory. Errors are ctx's, those of texts and of Encode, and of kind [ErrCache].
func (c *Cache) Encode(ctx context.Context, e Encoder, texts Texts, maxLength int) (*Set, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	key, err := cacheKey(e, texts, maxLength)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(c.dir, hex.EncodeToString(key[:])+".ids")
	switch set, err := openFile(path, key); {
	case err == nil:
		c.hits.Add(1)
		return set, nil
	case errors.Is(err, errDamaged):
		c.damaged.Add(1)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: %w", ErrCache, err)
	}
	c.misses.Add(1)
	var failed error // in encoding, which is not the cache's fault
	// Private, since the ids are the texts in another form.
	err = durable.WriteFile(path, 0o600, func(w io.Writer) error {
		return writeSet(w, key, texts.Len(), func(add func(ids []int32) error) error {
			var written error
			failed = encodeInTurn(ctx, e, texts, maxLength, func(ids []int32) error {
				written = add(ids)
				return written
			})
			if written != nil {
				failed = nil
				return written
			}
			return failed
		})
	})
	if failed != nil {
		return nil, failed
	}
	var set *Set
	if err == nil {
		set, err = openFile(path, key)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCache, err)
	}
	return set, nil
}

// openFile opens a cache file; the set of a large one keeps it open.
func openFile(path string, key [sha256.Size]byte) (*Set, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if info.Size() <= inMemory {
		content, err := io.ReadAll(file)
		if err = errors.Join(err, file.Close()); err != nil {
			return nil, err
		}
		return openSet(bytes.NewReader(content), int64(len(content)), key)
	}
	set, err := openSet(file, info.Size(), key)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return set, nil
}

// inMemory is the size of a cache file up to which its content is kept in memory, and no file open.
const inMemory = 16 << 20

// atATime is how many texts are in memory while they are encoded.
const atATime = 16 * batchTexts

// encodeInTurn encodes texts as EncodeAll does, and hands over the ids of each in turn.
func encodeInTurn(ctx context.Context, e Encoder, texts Texts, maxLength int, add func(ids []int32) error) error {
	var some []string
	encode := func(first int) error {
		list, err := encodeFrom(ctx, e, some, maxLength, first)
		if err != nil {
			return err
		}
		for _, ids := range list {
			if err := add(ids); err != nil {
				return err
			}
		}
		some = some[:0]
		return nil
	}
	err := texts.Each(func(i int, text string) error {
		if some = append(some, text); len(some) < atATime {
			return nil
		}
		return encode(i + 1 - len(some))
	})
	if err == nil {
		err = encode(texts.Len() - len(some))
	}
	return err
}

// cacheKey hashes all that the ids depend on; lengths stand before texts so that no two sets run together alike.
func cacheKey(e Encoder, texts Texts, maxLength int) (key [sha256.Size]byte, err error) {
	h := sha256.New()
	h.Write([]byte(e.Hash()))
	var number [8]byte
	write := func(n int) {
		binary.LittleEndian.PutUint64(number[:], uint64(n))
		h.Write(number[:])
	}
	write(maxLength)
	write(texts.Len())
	err = texts.Each(func(_ int, text string) error {
		write(len(text))
		_, err := io.WriteString(h, text)
		return err
	})
	h.Sum(key[:0])
	return key, err
}
