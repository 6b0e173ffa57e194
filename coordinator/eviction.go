package coordinator

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"ringmaster/run/directory"
	"ringmaster/run/protocol"
)

// evictions are the workers that may not come back, and why. A process has its identity until it ends,
// so an identity is enough for one that keeps to the protocol. The run's token is all workers', and
// whoever holds it can make itself another identity. So where a worker is at fault and not its
// network, nobody from its machine may join any more.
//
// They are kept in the run directory, and hold for the next coordinator of the run, too, as long as it has the same
// credentials: with others, nobody can come back with those that it had.
type evictions struct {
	identities map[string]error
	hosts      map[string]error // addresses; those of this machine are not among them: others share them
}

func newEvictions() evictions {
	return evictions{identities: map[string]error{}, hosts: map[string]error{}}
}

// add bars an identity, and a host where one is named.
func (e evictions) add(identity, host string, cause error) {
	e.identities[identity] = cause
	if host != "" {
		e.hosts[host] = cause
	}
}

// lastWordTime is how long an evicted worker keeps its connection, to hear why, however busy its
// machine is. What it says meanwhile is refused.
const lastWordTime = 10 * time.Second

// bar lets a worker not join again. faulty says that it is not to be trusted any more, on its machine
// under any name.
func (m *membership) bar(hello *protocol.Hello, cause error, faulty bool) {
	nc, host := m.gateway.nc, ""
	if faulty && nc != nil { // nil in tests of a part
		if host = nc.hostOf(hello.Identity); net.ParseIP(host).IsLoopback() {
			host = ""
		}
	}
	m.evictions.add(hello.Identity, host, cause)
	if nc == nil {
		return
	}
	if err := m.dir.AddEvicted(directory.Evicted{
		Time: time.Now(), Worker: hello.Worker, Identity: hello.Identity, Host: host, Why: cause.Error(), Authority: nc.authority.ID(),
	}); err != nil {
		m.notify("who was evicted cannot be kept, so a coordinator that is started again would let worker %s join: %v", hello.Worker, err)
	}
	if nc.admitted == nil { // somebody else's server: messages of the identity are refused
		return
	}
	time.AfterFunc(lastWordTime, func() { nc.shutOut(hello.Identity) })
}

// recall bars whom an earlier coordinator of the run has evicted.
func (m *membership) recall(nc *connection) error {
	list, lost, err := m.dir.ReadEvicted()
	if err != nil {
		return err
	}
	if lost > 0 {
		m.notify("%s has lines that cannot be read (%d): workers that they name may join again", m.dir.EvictedFile(), lost)
	}
	for _, e := range list {
		if e.Authority != nc.authority.ID() {
			continue
		}
		m.evictions.add(e.Identity, e.Host, errors.New(e.Why))
		if nc.admitted != nil {
			nc.shutOut(e.Identity)
		}
	}
	return nil
}

// barredBy is why a worker may not join; nil if it may.
func (m *membership) barredBy(hello *protocol.Hello) error {
	if cause := m.evictions.identities[hello.Identity]; cause != nil {
		return cause
	}
	host := m.gateway.nc.hostOf(hello.Identity)
	if cause := m.evictions.hosts[host]; cause != nil && host != "" {
		return fmt.Errorf("a worker of its machine (%s) was evicted: %w; once the machine is in order, stop the run and resume it with new credentials", host, cause)
	}
	return nil
}

// hostOf is the address that an identity is connected from; empty where that is not known.
func (c *connection) hostOf(id string) string {
	for _, conn := range c.connectionsOf(id) {
		return conn.IP
	}
	return ""
}

// shutOut ends an identity's connections, and admits it no more.
func (c *connection) shutOut(id string) {
	c.admitted.revoke(id)
	for _, conn := range c.connectionsOf(id) {
		_ = c.own.DisconnectClientByID(conn.Cid) // it may have gone by itself
	}
}

// connectionsOf are an identity's connections to the coordinator's own server.
func (c *connection) connectionsOf(id string) []*server.ConnInfo {
	if c.own == nil {
		return nil
	}
	list, err := c.own.Connz(&server.ConnzOptions{Username: true, User: id})
	if err != nil { // the server has ended
		return nil
	}
	return list.Conns
}
