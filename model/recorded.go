package model

import (
	"errors"
	"slices"
	"time"

	"ringmaster/kinds"
	"ringmaster/model/torch"
	"ringmaster/model/weights"
)

// recordedPasses are a BERT's forward and backward passes on a GPU. The first micro-batch of a
// shape runs as it is; then the same work is recorded as a CUDA graph, which the shape's other
// micro-batches replay. Nothing waits for the device inside a pass.
//
// With bfloat16 the encoder's parameters have a copy in bfloat16, which each update refreshes
// from the float32 ones, and which the pass differentiates; nothing is cast during a pass.
type recordedPasses struct {
	config weights.BertConfig
	masked bool
	// packed texts stand one after another without padding.
	packed  bool
	half    *torch.Tensor            // all parameters in bfloat16; nil in float32
	stale   bool                     // half is older than the parameters
	views   map[string]*torch.Tensor // what the pass differentiates: half's parts, and float32 ones
	learned halfRange
	kernels *torch.Kernels // nil where they do not fit
	seed    uint64         // of the next pass's dropout
	shapes  map[passShape]*recordedPass
	// notRecorded is why passes are not recorded, notFused why there are no kernels.
	notRecorded, notFused error
}

// halfRange is the part of the gradient that is differentiated in bfloat16.
type halfRange struct {
	lo, hi int
	leaves []*torch.Tensor
}

// Seeds of a step's dropout are apart by these: those of recorded micro-batches, and of the parts of a
// pass, by the first; those of other micro-batches by the second.
const (
	seedStride       = 0x9E3779B97F4A7C15
	microBatchStride = 0xD1B54A32D192ED03
	headPart         = 1 << 20 // the number of a head's part; a layer's is its own from 1
	poolerPart       = headPart + 1
)

// mostShapes bounds the memory of shapes; beyond it all are recorded anew.
const mostShapes = 64

// records reports whether passes of the model are recorded, which know cross-entropy alone.
// recordOnHost is for tests.
func (m *Model) records() bool {
	bert, isBert := m.config.(weights.BertConfig)
	otherLoss := slices.ContainsFunc(m.tasks, func(t Task) bool { return t.kind().Loss(t.Classes) != kinds.CrossEntropy })
	return isBert && !otherLoss && !bert.HasRelativePositions() && m.config.Head().NormLimit == 0 && !m.checkpointing && (!m.device.OnHost() || m.recordOnHost)
}

// newRecordedPasses prepares passes; the gradient's views exist.
func (m *Model) newRecordedPasses(s *torch.Scope) *recordedPasses {
	r := &recordedPasses{
		config: m.config.(weights.BertConfig),
		masked: m.masked != nil,
		stale:  true,
		views:  map[string]*torch.Tensor{},
		shapes: map[passShape]*recordedPass{},
	}
	for name, v := range m.views {
		r.views[name] = v
	}
	words := m.layout[0].Name
	if !m.half {
		if r.masked {
			r.views[words] = s.Keep(view(s, m.flat, m.layout[0]))
			s.RequireGrad(r.views[words])
			s.SetGrad(r.views[words], m.training.word)
		}
		return r
	}
	r.packed = !m.device.OnHost() && hasPackedAttention(s, m.device, r.config)
	if c := r.config; r.packed && c.HiddenSize%128 == 0 && c.HiddenSize <= 1024 && c.IntermediateSize%128 == 0 {
		r.kernels, r.notFused = torch.CompileKernels(m.device, int64(c.HiddenSize))
	}
	r.half = s.Keep(s.ZerosBFloat16(m.device, int64(m.size)))
	for i, p := range m.layout {
		if !r.masked && !isEncoder(p) {
			continue // heads stay in float32
		}
		v := s.Keep(view(s, r.half, p))
		r.views[p.Name] = v
		if p.Offset < m.trained.from || i == 0 && !r.masked {
			r.learned.lo = max(0, p.End()-m.trained.from)
			continue // frozen; or the words, whose gradient goes row by row
		}
		s.RequireGrad(v)
		r.learned.leaves, r.learned.hi = append(r.learned.leaves, v), p.End()-m.trained.from
	}
	return r
}

// hasPackedAttention tries FlashAttention, which older GPUs do not have.
func hasPackedAttention(s *torch.Scope, d torch.Device, c weights.BertConfig) bool {
	heads := int64(c.NumAttentionHeads)
	err := s.Try(func(s *torch.Scope) {
		x := s.ZerosBFloat16(d, 16, heads, int64(c.HiddenSize)/heads)
		first := s.ToInt32(s.To(s.Ints([]int64{0, 16}, 2), d))
		texts := torch.PackedTexts{FirstQuery: first, FirstToken: first, MostQueries: 16, MostTokens: 16}
		s.PackedAttention(x, x, x, texts, 0)
		s.Synchronize(d)
	})
	return err == nil
}

// backward is the forward and backward pass of one micro-batch.
func (r *recordedPasses) backward(s *torch.Scope, m *Model, b batch, lossTarget LossTarget, divisor float64, loss *Loss, o Observer) {
	began := time.Now()
	p := r.passFor(s, m, b)
	if s.Err() != nil {
		return
	}
	p.in.fillTexts(b, p.shape, positionsOf(r.config), r.packed, r.masked)
	p.in.inverseDivisor[0], p.in.seed[0] = float32(1/divisor), int64(r.seed)
	r.seed += seedStride
	if r.masked {
		p.in.fillGold(b)
	} else {
		p.in.fillTargets(b, m.tasks, lossTarget)
	}
	s.CopyAsync(p.ints, p.hostInts)
	s.CopyAsync(p.floats, p.hostFloats)
	r.refresh(s, m)
	p.do(s, m.device, r, func(s *torch.Scope) { r.pass(s, m, p) })
	losses := make([]float32, p.shape.queries)
	s.Read(losses, p.losses) // waits for the pass
	if s.Err() != nil {
		return
	}
	if r.masked {
		for _, x := range losses {
			loss.Sum[0] += float64(x)
		}
		loss.Count[0] += len(b.words())
	} else {
		for i, e := range b.examples {
			loss.Sum[e.Task] += float64(losses[i])
			loss.Count[e.Task]++
		}
	}
	o.passed(BothPasses, began)
}

// passFor is the pass of a micro-batch's shape.
func (r *recordedPasses) passFor(s *torch.Scope, m *Model, b batch) *recordedPass {
	lengths, masked := make([]int, len(b.examples)), []int(nil)
	if r.masked {
		masked = make([]int, len(b.examples))
	}
	for i, e := range b.examples {
		lengths[i] = len(e.IDs)
		if r.masked {
			masked[i] = len(e.Masked)
		}
	}
	shape := shapeOf(lengths, masked, r.packed)
	shape.pairs = r.config.HasSecondType() && b.pairs()
	if p := r.shapes[shape]; p != nil {
		return p
	}
	if len(r.shapes) >= mostShapes {
		s.Synchronize(m.device)
		r.forget()
	}
	p := newRecordedPass(s, m, shape, r.masked)
	if s.Err() == nil {
		r.shapes[shape] = p
	}
	return p
}

// refresh copies the parameters to bfloat16 where something other than an update changed them.
func (r *recordedPasses) refresh(s *torch.Scope, m *Model) {
	if r.half == nil || !r.stale {
		return
	}
	s.Copy(r.half, s.Detach(m.flat))
	r.stale = s.Err() != nil
}

// anyGraph is a recorded graph, whose memory others can share; nil where there is none.
func (r *recordedPasses) anyGraph() *torch.Graph {
	for _, p := range r.shapes {
		if p.graph != nil {
			return p.graph
		}
	}
	return nil
}

// forget frees all shapes.
func (r *recordedPasses) forget() {
	for shape, p := range r.shapes {
		p.free()
		delete(r.shapes, shape)
	}
}

func (r *recordedPasses) free(m *Model) {
	if r == nil {
		return
	}
	r.forget()
	for name, v := range r.views {
		if v != m.views[name] {
			v.Free()
		}
	}
	r.half.Free()
}

// SlowSteps is why passes on a GPU are slower than they could be: they are not recorded as CUDA
// graphs, or do without kernels of our own. It is nil where they are not, or there is no GPU.
func (m *Model) SlowSteps() error {
	if m.training == nil || m.training.recorded == nil {
		return nil
	}
	return errors.Join(m.training.recorded.notRecorded, m.training.recorded.notFused)
}
