package coordinator

import (
	"context"
	"time"

	"ringmaster/coordinator/core"
	"ringmaster/run/protocol"
)

// dismiss tells the remaining workers that the run is over, in place of any order that waits,
// and waits until each has acknowledged it or is gone. A worker that died just now is waited
// for as long as a live one may be silent.
func (m *membership) dismiss(ctx context.Context, end protocol.End) {
	for w := range m.workers {
		if s := m.gateway.session(w); s != nil {
			s.orders.end(end)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, m.dismissTimeout())
	defer cancel()
	quiet := time.NewTimer(silenceTimeout)
	defer quiet.Stop()
	for w := range m.workers {
		s := m.gateway.session(w)
		if s == nil {
			continue
		}
		heard := s.orders.drained()
		quiet.Reset(silenceTimeout)
		for waiting := true; waiting; {
			select {
			case <-heard:
				waiting = false
			case <-quiet.C:
				waiting = false
			case in := <-m.gateway.inputs:
				if in.worker == w {
					quiet.Reset(silenceTimeout)
				}
				switch in.event.(type) {
				case core.Lost, core.Failed: // it is gone, or says that it is going
					delete(m.workers, in.worker)
				}
				_, waiting = m.workers[w]
			case <-ctx.Done():
				return
			}
		}
	}
}

// dismissTimeout is how long workers have to acknowledge the end.
func (m *membership) dismissTimeout() time.Duration {
	if grace := m.opts.Grace; grace > 0 {
		return min(leaveTimeout, grace-stopWithin(grace))
	}
	return leaveTimeout
}
