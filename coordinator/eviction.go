package coordinator

import (
	"fmt"
	"net"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"ringmaster/run/protocol"
)

// evictions are the workers that may not come back, and why. A process has its identity until it ends,
// so an identity is enough for one that keeps to the protocol. The run's token is all workers', and
// whoever holds it can make itself another identity. So where a worker is at fault and not its
// network, nobody from its machine may join any more.
type evictions struct {
	identities map[string]error
	hosts      map[string]error // addresses; those of this machine are not among them: others share them
}

func newEvictions() evictions {
	return evictions{identities: map[string]error{}, hosts: map[string]error{}}
}

// lastWordTime is how long an evicted worker keeps its connection, to hear why, however busy its
// machine is. What it says meanwhile is refused.
const lastWordTime = 10 * time.Second

// bar lets a worker not join again. faulty says that it is not to be trusted any more, on its machine
// under any name.
func (m *membership) bar(hello *protocol.Hello, cause error, faulty bool) {
	m.evictions.identities[hello.Identity] = cause
	nc := m.gateway.nc
	if nc == nil || nc.admitted == nil { // somebody else's server: messages of the identity are refused
		return
	}
	if host := nc.hostOf(hello.Identity); faulty && host != "" && !net.ParseIP(host).IsLoopback() {
		m.evictions.hosts[host] = cause
	}
	time.AfterFunc(lastWordTime, func() { nc.shutOut(hello.Identity) })
}

// barredBy is why a worker may not join; nil if it may.
func (m *membership) barredBy(hello *protocol.Hello) error {
	if cause := m.evictions.identities[hello.Identity]; cause != nil {
		return cause
	}
	host := m.gateway.nc.hostOf(hello.Identity)
	if cause := m.evictions.hosts[host]; cause != nil && host != "" {
		return fmt.Errorf("a worker of its machine (%s) was evicted: %w", host, cause)
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
