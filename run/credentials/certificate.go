package credentials

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"time"
)

// CoordinatorName is the name in the certificate of the coordinator's server, whatever its host.
const CoordinatorName = "coordinator.ringmaster"

// ServerName is the name in the certificate of an identity's ring server.
func ServerName(id string) string { return strings.ToLower(id) + ".ringmaster" }

// How long certificates are valid. They end with the run's keys, not with a date: clocks of the
// machines of a run may be apart, and a run may be long.
const (
	leafAge  = 24 * time.Hour // before now
	leafLife = 366 * 24 * time.Hour
)

var caBegin, caEnd = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2120, 1, 1, 0, 0, 0, 0, time.UTC)

// ca is the certificate of the run's CA; it is the same whenever it is made.
func (a *Authority) ca() (*x509.Certificate, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ringmaster run CA"}, NotBefore: caBegin, NotAfter: caEnd,
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// certify makes a server's certificate: its chain, the CA last.
func (a *Authority) certify(key crypto.PublicKey, names []string, ips []net.IP) ([][]byte, error) {
	ca, err := a.ca()
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: names[0]}, NotBefore: now.Add(-leafAge), NotAfter: now.Add(leafLife),
		DNSNames: names, IPAddresses: ips, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca, key, a.key)
	return [][]byte{der, ca.Raw}, err
}

// CoordinatorTLS is the TLS configuration of the coordinator's server. Our clients look for
// CoordinatorName; others find the host's names and addresses in the certificate.
func (a *Authority) CoordinatorTLS(names []string, ips []net.IP) (*tls.Config, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	chain, err := a.certify(key.Public(), append([]string{CoordinatorName}, names...), ips)
	if err != nil {
		return nil, err
	}
	return serverTLS(key, chain), nil
}

// serverTLS has whole records from the first byte on: Go would begin with small ones, again after each pause of
// a second, for the sake of pages that are shown while they load.
func serverTLS(key crypto.PrivateKey, chain [][]byte) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS13, DynamicRecordSizingDisabled: true, Certificates: []tls.Certificate{{Certificate: chain, PrivateKey: key}}}
}

// ServerKey is the key of a ring server, for which the coordinator makes a certificate.
type ServerKey struct{ key *ecdsa.PrivateKey }

// NewServerKey makes one.
func NewServerKey() (ServerKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return ServerKey{key}, err
}

// Public is what the coordinator needs of it.
func (k ServerKey) Public() ([]byte, error) { return x509.MarshalPKIXPublicKey(k.key.Public()) }

// TLS is the server's configuration with the certificate that the coordinator has made.
func (k ServerKey) TLS(chain [][]byte) (*tls.Config, error) {
	leaf := []byte(nil)
	if len(chain) > 0 {
		leaf = chain[0]
	}
	cert, err := x509.ParseCertificate(leaf)
	if err != nil {
		return nil, fmt.Errorf("the certificate of this worker's ring server: %w", err)
	}
	if !k.key.PublicKey.Equal(cert.PublicKey) {
		return nil, errors.New("the certificate of this worker's ring server is for another key")
	}
	return serverTLS(k.key, chain), nil
}

// maxServerIPs is how many addresses a ring server's certificate may hold.
const maxServerIPs = 32

// Certify makes the certificate of an identity's ring server, which that identity alone gets.
func (a *Authority) Certify(id string, public []byte, at []netip.Addr) ([][]byte, error) {
	key, err := x509.ParsePKIXPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("the key of a ring server: %w", err)
	}
	switch key.(type) {
	case *ecdsa.PublicKey, ed25519.PublicKey:
	default:
		return nil, fmt.Errorf("the key of a ring server is of the type %T", key)
	}
	var ips []net.IP
	for _, ip := range at[:min(len(at), maxServerIPs)] {
		ips = append(ips, ip.AsSlice())
	}
	return a.certify(key, []string{ServerName(id)}, ips)
}
