package tokens

import (
	"hash/maphash"
	"slices"
	"sync"
)

const (
	cacheShards   = 64
	cachedWords   = 4096 // a shard: with a tokenizer's usual words, some tens of megabytes in all
	longestCached = 128  // bytes of a word; longer ones seldom come twice
)

// wordCache keeps the ids of words. Many goroutines may use it. What is full stays as it is: the commonest words come
// first.
type wordCache struct {
	seed   maphash.Seed
	shards [cacheShards]struct {
		sync.RWMutex
		ids map[string][]int32
	}
}

func newWordCache() *wordCache {
	c := &wordCache{seed: maphash.MakeSeed()}
	for i := range c.shards {
		c.shards[i].ids = map[string][]int32{}
	}
	return c
}

func (c *wordCache) get(word string) ([]int32, bool) {
	if len(word) > longestCached {
		return nil, false
	}
	s := &c.shards[maphash.String(c.seed, word)%cacheShards]
	s.RLock()
	defer s.RUnlock()
	ids, ok := s.ids[word]
	return ids, ok
}

func (c *wordCache) put(word string, ids []int32) {
	if len(word) > longestCached {
		return
	}
	s := &c.shards[maphash.String(c.seed, word)%cacheShards]
	s.Lock()
	defer s.Unlock()
	if len(s.ids) < cachedWords {
		// A copy of its own: the word is a part of a text, which would stay in memory with it.
		s.ids[string([]byte(word))] = slices.Clone(ids)
	}
}
