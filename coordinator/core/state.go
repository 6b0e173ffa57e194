package core

// StateID says where a state of a training stage stands: how many steps are in it, and under
// which generation the last of them was applied. Two states of one stage with the same
// state are the same to the bit: a generation's ring gives all ranks one sum a step, and
// all began from one state. As with a Raft log's term and index, of two states the one of
// the later generation is the more advanced, whatever its number of steps.
type StateID struct {
	Applied           int
	AppliedGeneration uint64
}

// Before says whether a is less advanced than b.
func (a StateID) Before(b StateID) bool {
	if a.AppliedGeneration != b.AppliedGeneration {
		return a.AppliedGeneration < b.AppliedGeneration
	}
	return a.Applied < b.Applied
}
