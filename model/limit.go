package model

import (
	"math"

	"ringmaster/model/torch"
)

// limitHeads scales every class's weight vector that is longer than the encoder's kind
// allows back to that length, as Kim (2014) does after each update. It works on host
// memory, so that it gives the same bits everywhere; heads are small.
func (m *Model) limitHeads(s *torch.Scope) {
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
		if s.Err() == nil && limitRows(values, int(p.Shape[1]), limit) {
			s.Copy(part, s.Floats(values, int64(len(values))))
		}
	}
}

// limitRows bounds the norms of a matrix's rows and says whether any was too long.
func limitRows(matrix []float32, width int, limit float64) (changed bool) {
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
