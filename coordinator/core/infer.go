package core

import "slices"

// inference is the state of an Infer stage.
type inference struct {
	fresh    int              // batches from here on were never dealt
	returned []int            // dealt to workers that are gone
	holder   map[int]WorkerID // outstanding batches: who has them
}

func newInference() inference { return inference{holder: map[int]WorkerID{}} }

// dealBatches gives every able worker as many batches as it may have at a time.
func (m *Machine) dealBatches() []Decision {
	if m.tooFew() {
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
	batch := m.infer.fresh
	switch {
	case len(m.infer.returned) > 0:
		batch, m.infer.returned = m.infer.returned[0], m.infer.returned[1:]
	case batch == m.units:
		return nil
	default:
		m.infer.fresh++
	}
	m.infer.holder[batch] = w
	return []Decision{DealBatch{m.stage, m.beginGeneration, batch, w}}
}

// batchDone counts a batch for whoever holds it.
func (m *Machine) batchDone(e UnitDone) []Decision {
	if e.Generation != m.beginGeneration || m.infer.holder[e.Unit] != e.Worker {
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

// redeal gives the batches of a worker that is gone to others.
func (m *Machine) redeal(gone WorkerID) []Decision {
	for batch, w := range m.infer.holder {
		if w == gone {
			delete(m.infer.holder, batch)
			m.infer.returned = append(m.infer.returned, batch)
		}
	}
	slices.Sort(m.infer.returned)
	return append(m.dealBatches(), m.drained()...)
}
