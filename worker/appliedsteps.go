package worker

import (
	"slices"

	"ringmaster/run/protocol"
)

// appliedSteps names the state that a model in training is in, and keeps the reports of
// those steps in it that may not be on the coordinator's disk. They are repeated with every
// ring, since a coordinator that was restarted may lack them.
type appliedSteps struct {
	state   protocol.Held
	pending []protocol.StepDone
}

// add counts a step as applied.
func (a *appliedSteps) add(done *protocol.StepDone) {
	a.state.Applied, a.state.AppliedGeneration = done.Step+1, done.Generation
	a.pending = append(a.pending, *done)
}

// dropCommitted drops reports of steps that are on the coordinator's disk.
func (a *appliedSteps) dropCommitted(committed int) {
	a.pending = slices.DeleteFunc(a.pending, func(d protocol.StepDone) bool { return d.Step < committed })
}

// held names the state that this worker can go on from: nil without one, and while another
// worker's is being fetched.
func (s *stage) held() *protocol.Held {
	if s == nil || s.applied == nil || s.fetch != nil {
		return nil
	}
	held := s.applied.state
	return &held
}

// pendingSteps are the reports of applied steps that may not be committed.
func (s *stage) pendingSteps() []protocol.StepDone {
	if s == nil || s.applied == nil {
		return nil
	}
	return slices.Clone(s.applied.pending)
}
