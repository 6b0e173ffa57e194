package checkpoint

import (
	"fmt"
	"strconv"
)

// metadata are what a file says of itself, as text.
func (s Shard) metadata() map[string]string {
	return map[string]string{
		"format": "pt",
		"stage":  strconv.Itoa(s.Stage), "step": strconv.Itoa(s.Step), "updates": strconv.FormatInt(s.Updates, 10),
		"size": strconv.Itoa(s.Size), "layout": s.Layout,
		"index": strconv.Itoa(s.Index), "of": strconv.Itoa(s.Count),
		"lo": strconv.Itoa(s.Lo), "hi": strconv.Itoa(s.Hi),
	}
}

// parse reads what metadata wrote.
func parse(text map[string]string) (s Shard, err error) {
	for name, to := range map[string]*int{
		"stage": &s.Stage, "step": &s.Step, "size": &s.Size, "index": &s.Index, "of": &s.Count, "lo": &s.Lo, "hi": &s.Hi,
	} {
		if *to, err = strconv.Atoi(text[name]); err != nil || *to < 0 {
			return s, fmt.Errorf("%w: its %s is %q", ErrCorrupt, name, text[name])
		}
	}
	if s.Updates, err = strconv.ParseInt(text["updates"], 10, 64); err != nil || s.Updates < 0 {
		return s, fmt.Errorf("%w: its updates are %q", ErrCorrupt, text["updates"])
	}
	s.Layout = text["layout"]
	if s.Lo > s.Hi || s.Hi > s.Size || s.Index >= s.Count {
		return s, fmt.Errorf("%w: it is part %d of %d with elements %d to %d of %d", ErrCorrupt, s.Index, s.Count, s.Lo, s.Hi, s.Size)
	}
	return s, nil
}
