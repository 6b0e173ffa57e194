package allreduce

import (
	"crypto/subtle"
	"crypto/tls"
	"fmt"
	"net"

	"github.com/nats-io/nats-server/v2/server"
)

// Guard says who may connect to an endpoint, and what for. Without one, whoever knows the word in the
// endpoint's URL may do everything.
type Guard struct {
	// TLS has the endpoint's server use TLS, handshake first; nil listens in plain text.
	TLS *tls.Config
	// Admit says what a caller may do, or why it is refused.
	Admit func(Caller) (*Permissions, error)
	// Refused is told of callers that are refused, and of what they may not do.
	Refused func(what string)
}

// Caller is whoever connects to an endpoint.
type Caller struct {
	Pass      string // that it shows
	Nonce     []byte // that the server has given it
	Signature string // of the nonce
}

// Permissions are the subjects that a caller may use.
type Permissions struct{ Publish, Subscribe []string }

// Neighbour is another rank's endpoint, and what a rank shows there.
type Neighbour struct {
	URL string
	// TLS checks the server; nil connects in plain text.
	TLS *tls.Config
	// Pass is shown, and Sign signs the server's nonce, where the URL holds no word.
	Pass string
	Sign func(nonce []byte) (string, error)
}

// door is an endpoint's server.Authentication. The rank itself comes in by the word, from inside the
// process where there is a guard.
type door struct {
	word  string
	guard *Guard
}

// Check implements server.Authentication.
func (d door) Check(c server.ClientAuthentication) bool {
	o := c.GetOpts()
	_, outside := c.RemoteAddress().(*net.TCPAddr)
	if !outside || d.guard == nil {
		return subtle.ConstantTimeCompare([]byte(o.Token), []byte(d.word)) == 1
	}
	may, err := d.guard.Admit(Caller{Pass: o.Password, Nonce: c.GetNonce(), Signature: o.Sig})
	if err != nil {
		d.guard.Refused(fmt.Sprintf("a connection from %s: %v", c.RemoteAddress(), err))
		return false
	}
	c.RegisterUser(&server.User{Username: "neighbour", Permissions: &server.Permissions{
		Publish: &server.SubjectPermission{Allow: may.Publish}, Subscribe: &server.SubjectPermission{Allow: may.Subscribe},
	}})
	return true
}
