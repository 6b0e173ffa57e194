package worker

import (
	"crypto/tls"
	"strings"

	"github.com/nats-io/nats.go"

	"ringmaster/allreduce"
	"ringmaster/refusals"
	"ringmaster/run/credentials"
	"ringmaster/run/protocol"
	"ringmaster/shown"
)

// ringGuard says whom this worker's ring server admits: whoever has a pass of the coordinator's for it,
// which names the subjects of one link.
func (l *link) ringGuard(secure bool, key credentials.ServerKey, certificate [][]byte) (g *allreduce.Guard, err error) {
	g = &allreduce.Guard{
		Admit: func(c allreduce.Caller) (*allreduce.Permissions, error) {
			may, err := l.access.Token.CheckPass(l.identity.ID(), c.Pass, c.Nonce, c.Signature)
			if err != nil {
				return nil, err
			}
			return &allreduce.Permissions{Publish: may.Publish, Subscribe: may.Subscribe}, nil
		},
		Refused: func(what string) { l.refused.Add(refusals.Credentials, "at the ring server: "+shown.Line(what)) },
	}
	if secure {
		g.TLS, err = key.TLS(certificate)
	}
	return g, err
}

// neighbour is another worker's ring server, as this worker connects to it with a pass.
func (l *link) neighbour(url, id, pass string) allreduce.Neighbour {
	n := allreduce.Neighbour{URL: url, Pass: pass, Sign: l.identity.SignNonce}
	if isTLS(url) {
		n.TLS = l.tlsTo(id)
	}
	return n
}

// dialServer connects to another worker's ring server by the NATS library.
func (l *link) dialServer(url, id, pass string, options ...nats.Option) (*nats.Conn, error) {
	options = append(options, l.identity.PassOptions(pass)...)
	if isTLS(url) {
		options = append(options, nats.Secure(l.tlsTo(id)), nats.TLSHandshakeFirst())
	}
	return protocol.Dial(url, "", options...)
}

func (l *link) tlsTo(id string) *tls.Config {
	return l.access.Token.ClientTLS(credentials.ServerName(id))
}

func isTLS(url string) bool { return strings.HasPrefix(url, "tls://") }
