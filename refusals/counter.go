package refusals

import (
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

const (
	// atOnce is how many refusals of a kind are logged without a pause between them.
	atOnce = 5
	// Pause is the least time between two further refusals of a kind that are logged.
	Pause = 10 * time.Second
)

// Counter counts refusals by kind. New makes one.
type Counter struct {
	log   func(text string)
	kinds map[Kind]*tally // never changes
}

// tally is the count of one kind.
type tally struct {
	count  atomic.Uint64
	logged rate.Sometimes
}

// New makes a counter with all kinds at 0. log gets a line now and then, on the goroutine that
// calls Add; nil logs nothing.
func New(log func(text string)) *Counter {
	c := &Counter{log: log, kinds: make(map[Kind]*tally, len(Kinds))}
	for _, kind := range Kinds {
		c.kinds[kind] = &tally{logged: rate.Sometimes{First: atOnce, Interval: Pause}}
	}
	return c
}

// Add counts a refusal, and logs its text unless too many of its kind were logged lately.
// text may be empty, where the caller has logged it already.
func (c *Counter) Add(kind Kind, text string) {
	if c == nil {
		return
	}
	t := c.kinds[kind]
	if t == nil {
		kind, t = Other, c.kinds[Other]
	}
	count := t.count.Add(1)
	if c.log == nil || text == "" {
		return
	}
	t.logged.Do(func() { c.log(fmt.Sprintf("refused (%s, %d so far): %s", kind, count, text)) })
}

// Count is how many refusals of a kind there were.
func (c *Counter) Count(kind Kind) uint64 {
	if c == nil || c.kinds[kind] == nil {
		return 0
	}
	return c.kinds[kind].count.Load()
}
