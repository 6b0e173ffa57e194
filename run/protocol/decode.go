package protocol

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// maxContainers is how many objects and lists a worker's message may have: many times what a
// report of a thousand steps with their spans has.
const maxContainers = 1 << 17

// Decode reads a worker's message. Three bytes of JSON (`{},`) are a whole StepDone in memory,
// so objects and lists are counted before anything is made of them (ErrPayload).
func Decode(text []byte, message any) error {
	if n := bytes.Count(text, []byte("{")) + bytes.Count(text, []byte("[")); n > maxContainers {
		return fmt.Errorf("%w: %d objects and lists in one message, and %d are the most", ErrPayload, n, maxContainers)
	}
	return json.Unmarshal(text, message)
}

// Kinds is how many of a report's pointers are set: one, or none for a sign of life.
func (r *Report) Kinds() (n int) {
	for _, set := range []bool{
		r.RingReady != nil, r.StageReady != nil, r.StepDone != nil, r.InferenceDone != nil, r.Saved != nil, r.Failed != nil,
		r.ShardDone != nil, r.Broken != nil, r.Leaving != nil, r.Part != nil, r.Finding != nil,
	} {
		if set {
			n++
		}
	}
	return n
}
