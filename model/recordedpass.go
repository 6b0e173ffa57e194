package model

import "ringmaster/model/torch"

// recordedPass is a pass of one shape.
type recordedPass struct {
	shape passShape
	in    passInput
	// The input in host memory and on the device.
	hostInts, hostFloats, ints, floats *torch.Tensor
	parts                              passTensors
	losses                             *torch.Tensor // [queries], on the device
	recording
}

// passTensors are a passInput's slices on the device.
type passTensors struct {
	ids, positions, types, rows, firstToken, firstQuery, real, gold, seed *torch.Tensor
	targets, notOfTask, weights, inverseDivisor                           *torch.Tensor
}

func newRecordedPass(s *torch.Scope, m *Model, shape passShape, masked bool) *recordedPass {
	classes := 0
	for _, t := range m.tasks {
		classes += t.Classes
	}
	gold, targets := 0, shape.texts*classes
	if masked {
		gold, targets = shape.queries, 0
	}
	types := 0
	if shape.pairs {
		types = shape.tokens
	}
	p := &recordedPass{shape: shape}
	ints := []struct {
		n    int
		host *[]int64
		part **torch.Tensor
	}{
		{shape.tokens, &p.in.ids, &p.parts.ids},
		{shape.tokens, &p.in.positions, &p.parts.positions},
		{types, &p.in.types, &p.parts.types},
		{shape.tokens, &p.in.real, &p.parts.real},
		{shape.queries, &p.in.rows, &p.parts.rows},
		{shape.texts + 1, &p.in.firstToken, &p.parts.firstToken},
		{shape.texts + 1, &p.in.firstQuery, &p.parts.firstQuery},
		{gold, &p.in.gold, &p.parts.gold},
		{1, &p.in.seed, &p.parts.seed},
	}
	floats := []struct {
		n    int
		host *[]float32
		part **torch.Tensor
	}{
		{targets, &p.in.targets, &p.parts.targets},
		{targets, &p.in.notOfTask, &p.parts.notOfTask},
		{gold, &p.in.weights, &p.parts.weights},
		{1, &p.in.inverseDivisor, &p.parts.inverseDivisor},
	}
	var nInts, nFloats int
	for _, x := range ints {
		nInts += x.n
	}
	for _, x := range floats {
		nFloats += x.n
	}
	p.hostInts, p.hostFloats = s.Keep(s.PinnedInts(m.device, int64(nInts))), s.Keep(s.PinnedFloats(m.device, int64(nFloats)))
	p.ints, p.floats = s.Keep(s.ZerosInts(m.device, int64(nInts))), s.Keep(s.Zeros(m.device, int64(nFloats)))
	p.losses = s.Keep(s.Zeros(m.device, int64(shape.queries)))
	hostInts, hostFloats := s.HostInts(p.hostInts, nInts), s.HostFloats(p.hostFloats, nFloats)
	if s.Err() != nil {
		p.free()
		return nil
	}
	at := 0
	for _, x := range ints {
		*x.host = hostInts[at : at+x.n : at+x.n]
		*x.part = s.Keep(s.Narrow(p.ints, 0, int64(at), int64(x.n)))
		at += x.n
	}
	at = 0
	for _, x := range floats {
		*x.host = hostFloats[at : at+x.n : at+x.n]
		*x.part = s.Keep(s.Narrow(p.floats, 0, int64(at), int64(x.n)))
		at += x.n
	}
	return p
}

func (p *recordedPass) free() {
	p.forget()
	t := p.parts
	for _, x := range []*torch.Tensor{t.ids, t.positions, t.types, t.rows, t.firstToken, t.firstQuery, t.real, t.gold, t.seed, t.targets, t.notOfTask,
		t.weights, t.inverseDivisor, p.hostInts, p.hostFloats, p.ints, p.floats, p.losses} {
		x.Free()
	}
}
