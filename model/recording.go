package model

import "ringmaster/model/torch"

// recording is work on a device that is done as it is the first time, then recorded as a graph,
// and from then on replayed.
type recording struct {
	graph *torch.Graph
	ran   bool
}

// do does the work. A new graph shares the memory of others of r; where recording fails, r
// notes why, and everything is done as it is.
func (k *recording) do(s *torch.Scope, d torch.Device, r *recordedPasses, work func(*torch.Scope)) {
	if k.graph == nil && k.ran && r.notRecorded == nil {
		k.graph, r.notRecorded = s.Record(d, r.anyGraph(), work)
	}
	if k.graph != nil {
		s.Replay(k.graph)
		return
	}
	if err := s.Try(work); err != nil {
		s.Fail(err)
		return
	}
	k.ran = true
}

// forget frees the graph; the work begins anew.
func (k *recording) forget() {
	k.graph.Free()
	*k = recording{}
}
