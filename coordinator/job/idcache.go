package job

import (
	"errors"
	"os"

	"ringmaster/data/tokens"
)

// idCache keeps token ids for other runs. Where they cannot be kept, on a full disk or in a folder of somebody else's, they are made
// anew by each run, in a folder for temporary files: that is told once, and is no reason not to run.
type idCache struct {
	kept   *tokens.Cache // nil: they cannot be kept
	notify Notify
}

// openIDs opens the cache in a folder.
func openIDs(dir string, notify Notify) *idCache {
	c := &idCache{notify: notify}
	var err error
	if c.kept, err = tokens.OpenCache(dir); err != nil {
		c.giveUp(err)
	}
	return c
}

func (c *idCache) giveUp(err error) {
	c.kept = nil
	c.notify("token ids are not kept for other runs: %v", err)
}

// encode has do encode by the cache, or by a temporary one: what do has opened of that stays open.
func (c *idCache) encode(do func(cache *tokens.Cache) error) error {
	if c.kept != nil {
		err := do(c.kept)
		if !errors.Is(err, tokens.ErrCache) {
			return err
		}
		c.giveUp(err)
	}
	dir, err := os.MkdirTemp("", "ringmaster-ids-")
	if err != nil {
		return err
	}
	cache, err := tokens.OpenCache(dir)
	if err == nil {
		err = do(cache)
	}
	return errors.Join(err, os.RemoveAll(dir))
}
