package model

import (
	"math"

	"ringmaster/model/torch"
)

// applyMaxNorm is the max-norm constraint of Kim (2014): after an update every class's weight
// vector whose norm is above the encoder's limit is scaled back to it. It works on host
// memory, so that its result is bit-identical everywhere; heads are small.
func (m *Model) applyMaxNorm(s *torch.Scope) {
	limit := m.config.Head().NormLimit
	if limit == 0 {
		return
	}
	for _, p := range m.layout {
		if isEncoder(p) || len(p.Shape) != 2 {
			continue
		}
		part := s.Narrow(m.flat, 0, int64(p.Offset), int64(p.Size()))
		values := make([]float32, p.Size())
		s.Read(values, part)
		if s.Err() == nil && clipRowNorms(values, int(p.Shape[1]), limit) {
			s.Copy(part, s.Floats(values, int64(len(values))))
		}
	}
}

// clipRowNorms bounds the norms of a matrix's rows and reports whether it changed any.
func clipRowNorms(matrix []float32, width int, limit float64) (changed bool) {
	for at := 0; at < len(matrix); at += width {
		row, squares := matrix[at:at+width], 0.0
		for _, x := range row {
			squares += float64(x) * float64(x)
		}
		norm := math.Sqrt(squares)
		if norm <= limit {
			continue
		}
		changed = true
		for i := range row {
			row[i] = float32(float64(row[i]) * (limit / norm))
		}
	}
	return changed
}
