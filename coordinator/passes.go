package coordinator

import (
	"ringmaster/coordinator/core"
	"ringmaster/run/protocol"
)

// identityOf is a member's identity; empty for one that is gone.
func (m *membership) identityOf(w core.WorkerID) string {
	if hello := m.workers[w]; hello != nil {
		return hello.Identity
	}
	return ""
}

// admitToRing gives a rank the pass by which it reads its link from its left neighbour: at that one's
// ring server, or at the coordinator's where that is between all.
func (m *membership) admitToRing(place *protocol.Ring, members []core.WorkerID) (err error) {
	world := len(members)
	mine := m.identityOf(members[place.Rank])
	if world == 1 || mine == "" {
		return nil
	}
	run, authority := m.opts.Name, m.gateway.nc.authority
	if m.inMesh() {
		place.Left = m.identityOf(members[(place.Rank+world-1)%world])
		place.Pass, err = authority.Pass(mine, place.Left, protocol.LinkPermissions(run, place.Generation, place.Rank, world, place.Stripes))
		return err
	}
	if m.gateway.only && place.Broker == "" {
		place.Pass, err = authority.Pass(mine, protocol.BrokerAudience, protocol.BrokerPermissions(run, place.Generation, place.Rank, world))
	}
	return err
}

// admitToState gives a worker what it needs to fetch another's state: in a mesh at that one's ring server.
func (m *membership) admitToState(fetch *protocol.FetchState, to core.WorkerID) (err error) {
	mine := m.identityOf(to)
	fetch.SourceID = m.identityOf(core.WorkerID(fetch.Source))
	if !m.inMesh() || mine == "" {
		return nil
	}
	fetch.SourceURL = m.book.URL(string(to), fetch.Source)
	fetch.Pass, err = m.gateway.nc.authority.Pass(mine, fetch.SourceID, protocol.StatePermissions(m.opts.Name, fetch.SourceID, mine))
	return err
}
