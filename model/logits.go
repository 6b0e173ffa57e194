package model

import (
	"context"

	"ringmaster/model/torch"
)

// Logits gives each example's logits from its task's head, without dropout, in the
// order of the examples.
func (m *Model) Logits(ctx context.Context, examples []Example) ([][]float32, error) {
	if err := m.check(examples); err != nil {
		return nil, err
	}
	out := make([][]float32, len(examples))
	for _, b := range m.batches(examples) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := m.run(torch.NoGrad, func(s *torch.Scope) error { m.answer(s, b, out); return nil }); err != nil {
			return nil, b.memoryError(m.device, err)
		}
	}
	return out, nil
}

// answer computes the logits of one micro-batch.
func (m *Model) answer(s *torch.Scope, b batch, out [][]float32) {
	p := m.pass(b, dropout{})
	features := s.Block(func(s *torch.Scope) *torch.Tensor {
		ids := s.To(s.Ints(b.ids(), p.rows()*p.length()), m.device)
		return m.encoder.encode(s, p, s.IndexSelect(m.words(), 0, ids))
	})
	for task, rows := range b.rows(len(m.tasks)) {
		if len(rows) == 0 {
			continue
		}
		classes := m.tasks[task].Classes
		values := make([]float32, len(rows)*classes)
		s.Read(values, p.head(s, features, m.tasks[task].Name, rows))
		for i, r := range rows {
			out[b.origin[r]] = values[i*classes : (i+1)*classes : (i+1)*classes]
			m.tasks[task].Settings.Scale.Outputs(out[b.origin[r]]) // training sees standardised values
		}
	}
}
