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
func (r *running) dismiss(ctx context.Context) {
	end := protocol.End{}
	if r.ending != nil && !errors.Is(r.ending, ErrStopped) {
		end.Error = r.ending.Error()
	}
	for w := range r.members {
		if m := r.session.membership(w); m != nil {
			m.box.end(end)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, farewell)
	defer cancel()
	quiet := time.NewTimer(silence)
	defer quiet.Stop()
	for w := range r.members {
		m := r.session.membership(w)
		if m == nil {
			continue
		}
		heard := m.box.empty()
		quiet.Reset(silence)
		for waiting := true; waiting; {
			select {
			case <-heard:
				waiting = false
			case <-quiet.C:
				waiting = false
			case m := <-r.session.inputs:
				if m.worker == w {
					quiet.Reset(silence)
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
func (r *running) forget(m message) {
	switch m.event.(type) {
	case core.Lost, core.Failed:
		delete(r.members, m.worker)
	}
}
