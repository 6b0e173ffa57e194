package coordinator

import (
	"context"
	"errors"
	"time"

	"ringmaster/coordinator/core"
	"ringmaster/run/protocol"
)

// dismiss tells the workers that are left that the run is over, whatever they were dealt
// before, and waits until each has heard it or is gone. One that died just now says nothing of it: it is waited for as long
// as one that lives may be silent.
func (r *coordinator) dismiss(ctx context.Context) {
	end := protocol.End{}
	if r.ending != nil && !errors.Is(r.ending, ErrStopped) {
		end.Error = r.ending.Error()
	}
	for w := range r.members {
		if m := r.gateway.session(w); m != nil {
			m.orders.end(end)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, leaveTimeout)
	defer cancel()
	quiet := time.NewTimer(silenceTimeout)
	defer quiet.Stop()
	for w := range r.members {
		m := r.gateway.session(w)
		if m == nil {
			continue
		}
		heard := m.orders.drained()
		quiet.Reset(silenceTimeout)
		for waiting := true; waiting; {
			select {
			case <-heard:
				waiting = false
			case <-quiet.C:
				waiting = false
			case m := <-r.gateway.inputs:
				if m.worker == w {
					quiet.Reset(silenceTimeout)
				}
				r.forget(m)
				_, waiting = r.members[w]
			case <-ctx.Done():
				return
			}
		}
	}
}

// forget drops a worker that is gone, or says that it is going.
func (r *coordinator) forget(m message) {
	switch m.event.(type) {
	case core.Lost, core.Failed:
		delete(r.members, m.worker)
	}
}
