package coordinator

import (
	"crypto/subtle"
	"fmt"
	"net"
	"sync"

	"github.com/nats-io/nats-server/v2/server"

	"ringmaster/refusals"
	"ringmaster/run/credentials"
	"ringmaster/run/protocol"
)

// admittance decides who connects to the coordinator's own server, and what they may do there. Workers
// may use the subjects that hold their identity; the ring over this server needs the pass of
// its generation; the coordinator alone may do everything.
type admittance struct {
	authority *credentials.Authority
	run       string
	own       string // the coordinator's identity
	door

	mu      sync.Mutex
	revoked map[string]bool // identities that were evicted
}

func newAdmittance(a *credentials.Authority, run, own string, d door) *admittance {
	return &admittance{authority: a, run: run, own: own, door: d, revoked: map[string]bool{}}
}

// Check implements server.Authentication.
func (a *admittance) Check(c server.ClientAuthentication) bool {
	if !a.limits.admit() {
		a.refused.Add(refusals.Rate, "connections to the control server, the last from "+hostOf(c))
		return false
	}
	o := c.GetOpts()
	id, pass, err := a.authority.Admits(protocol.BrokerAudience, o.Password, c.GetNonce(), o.Sig)
	switch {
	case o.Nkey != "": // it would stand for the name that we give the connection
		a.refused.Add(refusals.Credentials, fmt.Sprintf("a connection from %s: it shows an NKey without a ticket", hostOf(c)))
		return false
	case err != nil && o.Password == "" && subtle.ConstantTimeCompare([]byte(o.Token), []byte(a.authority.Token().Text())) == 1:
		c.RegisterUser(userOf("an earlier release", protocol.OldWorkerPermissions(a.run)))
		return true
	case err != nil && o.Password == "":
		a.refused.Add(refusals.Credentials, fmt.Sprintf("a connection from %s: it has no token of this run", hostOf(c)))
		return false
	case err != nil:
		a.refused.Add(refusals.Credentials, fmt.Sprintf("a connection from %s: %v", hostOf(c), err))
		return false
	case id == a.own:
		c.RegisterUser(&server.User{Username: "coordinator"})
		return true
	case a.isRevoked(id):
		a.refused.Add(refusals.Evicted, fmt.Sprintf("a connection from %s: its worker was evicted", hostOf(c)))
		return false
	}
	may := protocol.WorkerPermissions(a.run, id)
	if pass != nil {
		may = *pass
	}
	c.RegisterUser(userOf(id, may))
	return true
}

func (a *admittance) isRevoked(id string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.revoked[id]
}

// revoke lets an identity connect no more.
func (a *admittance) revoke(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.revoked[id] = true
}

func userOf(name string, may credentials.Permissions) *server.User {
	p := &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: may.Publish},
		Subscribe: &server.SubjectPermission{Allow: may.Subscribe},
	}
	if may.Respond {
		p.Response = &server.ResponsePermission{MaxMsgs: 1, Expires: responseTime}
	}
	return &server.User{Username: name, Permissions: p}
}

// hostOf is the machine that a connection comes from.
func hostOf(c server.ClientAuthentication) string {
	if at, is := c.RemoteAddress().(*net.TCPAddr); is {
		return at.IP.String()
	}
	return "this process"
}
