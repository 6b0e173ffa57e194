package credentials

import (
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"fmt"
)

// ClientTLS is how a client checks that a server has a certificate of this run's CA for a name:
// CoordinatorName, or the ServerName of an identity. The CA comes with the server's chain, and is
// known by the key in the token.
func (t Token) ClientTLS(name string) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13, ServerName: name,
		InsecureSkipVerify: true, // of the system's CAs: VerifyConnection checks by the run's
		VerifyConnection:   func(c tls.ConnectionState) error { return t.checkChain(c.PeerCertificates, name) },
	}
}

func (t Token) checkChain(chain []*x509.Certificate, name string) error {
	if len(chain) < 2 {
		return fmt.Errorf("%w: its certificate is not of this run's CA", ErrServer)
	}
	ca := chain[len(chain)-1]
	if key, is := ca.PublicKey.(ed25519.PublicKey); !is || !key.Equal(t.public) {
		return fmt.Errorf("%w: its certificate is of another CA than this run's", ErrServer)
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	if _, err := chain[0].Verify(x509.VerifyOptions{Roots: roots, DNSName: name}); err != nil {
		return fmt.Errorf("%w: %w", ErrServer, err)
	}
	return nil
}
