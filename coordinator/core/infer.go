package core

import "slices"

// inference is the state of an Infer stage.
type inference struct {
	fresh    int              // chunks from here on were never dealt
	returned []int            // dealt to workers that are gone
	holder   map[int]WorkerID // outstanding chunks: who has them
}

func newInference() inference { return inference{holder: map[int]WorkerID{}} }

// dealChunks gives every able worker as many chunks as it may have at a time.
func (m *Machine) dealChunks() []Decision {
	if m.short() {
		return m.pause()
	}
	var out []Decision
	for range max(m.cfg.Ahead, 1) {
		for _, w := range m.able() {
			out = append(out, m.dealChunk(w)...)
		}
	}
	return out
}

// dealChunk deals one to a worker that has room for it.
func (m *Machine) dealChunk(w WorkerID) []Decision {
	has := 0
	for _, holder := range m.infer.holder {
		if holder == w {
			has++
		}
	}
	if m.stopping || !m.isAble(w) || has >= max(m.cfg.Ahead, 1) {
		return nil
	}
	chunk := m.infer.fresh
	switch {
	case len(m.infer.returned) > 0:
		chunk, m.infer.returned = m.infer.returned[0], m.infer.returned[1:]
	case chunk == m.units:
		return nil
	default:
		m.infer.fresh++
	}
	m.infer.holder[chunk] = w
	return []Decision{DealChunk{m.stage, m.lineage, chunk, w}}
}

// chunkDone counts a chunk for whoever holds it.
func (m *Machine) chunkDone(e UnitDone) []Decision {
	if e.Generation != m.lineage || m.infer.holder[e.Unit] != e.Worker {
		return nil
	}
	delete(m.infer.holder, e.Unit)
	m.committed.Applied++
	m.progress(m.committed.Applied)
	out := []Decision{Commit{m.stage, e.Unit, e.Worker}}
	if m.phase != working {
		return out
	}
	out = append(out, m.dealChunk(e.Worker)...)
	return append(out, m.drained()...)
}

// redeal gives the chunks of a worker that is gone to others.
func (m *Machine) redeal(gone WorkerID) []Decision {
	for chunk, w := range m.infer.holder {
		if w == gone {
			delete(m.infer.holder, chunk)
			m.infer.returned = append(m.infer.returned, chunk)
		}
	}
	slices.Sort(m.infer.returned)
	return append(m.dealChunks(), m.drained()...)
}
