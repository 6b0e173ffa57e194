package coordinator

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"

	"ringmaster/data/mlm"
	"ringmaster/run/plan"
	"ringmaster/run/protocol"
)

// shares are the positions in a step's batch that each rank of the ring gets; only active
// ranks get any.
func (s *trainStage) shares(step plan.Step, world int, active []int) [][]int {
	lengths := make([]int, len(step.Examples))
	for i, d := range step.Examples {
		lengths[i] = s.tasks[d.Task].Train.Size(d.Index)
	}
	shares := make([][]int, world)
	for i, positions := range plan.Deal(lengths, len(active)) {
		shares[active[i]] = positions
	}
	return shares
}

// deal makes a step's orders, one a rank of the ring.
func (s *trainStage) deal(n, world int, active []int) ([]protocol.Step, error) {
	step, err := s.step(n)
	if err != nil {
		return nil, err
	}
	examples, count, err := s.examples(step.Examples)
	if err != nil {
		return nil, err
	}
	orders := make([]protocol.Step, world)
	var tokens []int32
	if world > 1 && s.masked == nil {
		tokens = tokensOf(examples)
	}
	next := 0 // the place of the next active rank among them
	for rank, positions := range s.shares(step, world, active) {
		place := -1
		if next < len(active) && active[next] == rank {
			place, next = next, next+1
		}
		o := protocol.Step{
			Step: n, Lambda: step.Lambda, LR: step.LR, Count: count, ActiveRanks: active,
			Seed: dropoutSeed(s.settings.Seed, s.title, n, place),
			// A hash costs a pass over all parameters, so most steps have none.
			Hash:   n == 0 || n == s.plan.Steps()-1 || n%hashEvery == 0 || s.early.on() && (n+1)%s.early.Every == 0,
			Tokens: tokens,
		}
		if len(positions) > 0 {
			o.Examples = make([]protocol.Example, len(positions))
		}
		for i, p := range positions {
			o.Examples[i] = examples[p]
		}
		orders[rank] = o
	}
	return orders, nil
}

// examples are a batch's, as they are sent, and the number of losses that they have.
func (s *trainStage) examples(batch []plan.Draw) (all []protocol.Example, losses int, err error) {
	all = make([]protocol.Example, len(batch))
	for i, draw := range batch {
		task := s.tasks[draw.Task]
		read := task.Train.At
		if s.teacher != nil {
			read = task.Train.Keyed
		}
		row, err := read(draw.Index)
		if err != nil {
			return nil, 0, err
		}
		e := protocol.Example{Task: draw.Task, IDs: row.IDs, Second: row.Second, Class: row.Class, Set: row.Set, Value: row.Value}
		if s.teacher != nil {
			if e.Teacher, err = s.teacher(task, row); err != nil {
				return nil, 0, err
			}
		}
		if s.masked != nil {
			m := mlm.Mask(row.IDs, *s.masked, mlm.Key{Seed: s.settings.Seed, Epoch: draw.Epoch, Row: draw.Index})
			e.IDs, e.Masked, e.Words = m.IDs, m.Positions, m.Words
			losses += len(m.Positions)
		} else {
			losses++
		}
		all[i] = e
	}
	return all, losses, nil
}

// tokensOf are the distinct token ids of a batch, ascending. They are marked in a bitmap: a batch for
// a thousand ranks has half a million tokens, and to sort them took longer than all other planning.
func tokensOf(batch []protocol.Example) []int32 {
	var seen []uint64
	for _, e := range batch {
		for _, id := range e.IDs {
			word := int(id) / 64
			if word >= len(seen) {
				seen = append(seen, make([]uint64, word+1-len(seen))...)
			}
			seen[word] |= 1 << (id % 64)
		}
	}
	var distinct []int32
	for word, set := range seen {
		for ; set != 0; set &= set - 1 {
			distinct = append(distinct, int32(word*64+bits.TrailingZeros64(set)))
		}
	}
	return distinct
}

// hashEvery is how often, in steps, the ranks' parameters are compared.
const hashEvery = 50

// dropoutSeed keys the dropout of one of the active ranks in one step: nothing else decides it,
// so a repeated step drops the same.
func dropoutSeed(seed uint64, stage string, step, rank int) uint64 {
	sum := sha256.Sum256(fmt.Appendf(nil, "dropout %d %q %d %d", seed, stage, step, rank))
	return binary.LittleEndian.Uint64(sum[:8]) >> 1 // libtorch takes a signed number
}
