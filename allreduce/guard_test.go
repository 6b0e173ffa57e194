package allreduce

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// guardedEndpoints are those of a world, which admit whoever shows the pass "pass RANK" of their right
// neighbour. client is how a neighbour checks them; refused is what they refused so far.
func guardedEndpoints(tb testing.TB, world int, secure bool) (endpoints []*Endpoint, client *tls.Config, refused func() []string) {
	tb.Helper()
	var server *tls.Config
	if secure {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			tb.Fatal(err)
		}
		template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"ring"}}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			tb.Fatal(err)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			tb.Fatal(err)
		}
		roots := x509.NewCertPool()
		roots.AddCert(cert)
		server = &tls.Config{DynamicRecordSizingDisabled: true, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
		client = &tls.Config{RootCAs: roots, ServerName: "ring"}
	}
	var mu sync.Mutex
	var all []string
	endpoints = make([]*Endpoint, world)
	for rank := range world {
		e, err := NewGuardedEndpoint("127.0.0.1", Ports{}, &Guard{
			TLS: server,
			Admit: func(c Caller) (*Permissions, error) {
				if right := (rank + 1) % world; c.Pass != fmt.Sprint("pass ", right) || c.Signature != "signed "+string(c.Nonce) {
					return nil, errors.New("not the right neighbour")
				} else {
					return &Permissions{Publish: []string{fmt.Sprintf("rm.*.*.%d.credit", right)}, Subscribe: []string{fmt.Sprintf("rm.*.*.%d.data", rank)}}, nil
				}
			},
			Refused: func(what string) { mu.Lock(); defer mu.Unlock(); all = append(all, what) },
		})
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(e.Close)
		endpoints[rank] = e
	}
	return endpoints, client, func() []string { mu.Lock(); defer mu.Unlock(); return slices.Clone(all) }
}

// guarded connects a world of guarded endpoints.
func guarded(tb testing.TB, world int, secure bool) (connect func(context.Context, Options) (Transport, error), refused func() []string) {
	tb.Helper()
	endpoints, client, refused := guardedEndpoints(tb, world, secure)
	return func(ctx context.Context, o Options) (Transport, error) {
		return endpoints[o.Rank].ConnectTo(ctx, Neighbour{
			URL: endpoints[(o.Rank+world-1)%world].URL(), TLS: client, Pass: fmt.Sprint("pass ", o.Rank),
			Sign: func(nonce []byte) (string, error) { return "signed " + string(nonce), nil },
		}, o)
	}, refused
}

// The right neighbour alone is admitted, for its link alone, in plain text and with TLS; then the sum is right.
func TestAGuardAdmitsTheRightNeighbourAlone(t *testing.T) {
	for _, secure := range []bool{false, true} {
		t.Run(fmt.Sprint("tls ", secure), func(t *testing.T) {
			connect, refused := guarded(t, 3, secure)
			options := testOptions(3)
			wrong := options
			wrong.Rank = 1
			began := time.Now()
			noErrors(t, sumOnce(t, connect, options))
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("a ring takes %s", took)
			}
			if got := refused(); len(got) > 0 {
				t.Errorf("refused: %q", got)
			}
			stranger, err := NewEndpoint("127.0.0.1")
			if err != nil {
				t.Fatal(err)
			}
			defer stranger.Close()
			transport, err := connect(t.Context(), wrong)
			if err != nil {
				t.Fatal(err)
			}
			defer transport.Close()
			link := transport.(*mesh).left
			if err := link.write(t.Context(), []byte("SUB > 2\r\nPING\r\n")); err != nil {
				t.Fatal(err)
			}
			if err := link.in.untilPong(99); !errors.Is(err, ErrProtocol) {
				t.Errorf("a neighbour may subscribe to everything: %v", err)
			}
		})
	}
}

// Who finds another server than the one that was meant, and who goes away in a handshake, was refused nothing. Who
// speaks no TLS was.
func TestAGuardCountsNoProbes(t *testing.T) {
	for what, c := range map[string]struct {
		visit   func(t *testing.T, conn net.Conn)
		refused bool
	}{
		"another server is meant": {func(_ *testing.T, conn net.Conn) {
			_ = tls.Client(conn, &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "other"}).Handshake()
		}, false},
		"gone at once": {func(*testing.T, net.Conn) {}, false},
		"not TLS": {func(t *testing.T, conn net.Conn) {
			if _, err := conn.Write([]byte("CONNECT {}\r\nPING\r\n")); err != nil {
				t.Error(err)
			}
			_, _ = conn.Read(make([]byte, 1))
		}, true},
	} {
		t.Run(what, func(t *testing.T) {
			endpoints, _, refused := guardedEndpoints(t, 1, true)
			conn, err := net.Dial("tcp", strings.TrimPrefix(endpoints[0].URL(), "tls://"))
			if err != nil {
				t.Fatal(err)
			}
			c.visit(t, conn)
			_ = conn.Close()
			endpoints[0].Close() // waits for its connections
			if got := refused(); len(got) > 0 != c.refused {
				t.Errorf("refused: %q", got)
			}
		})
	}
}

// BenchmarkGuardedRing sums 64 MB over two ranks.
func BenchmarkGuardedRing(b *testing.B) {
	for _, secure := range []bool{false, true} {
		b.Run(fmt.Sprint("tls=", secure), func(b *testing.B) {
			const world, n = 2, 16 << 20
			connect, _ := guarded(b, world, secure)
			o := testOptions(world)
			rings := make([]*Ring, world)
			var wg sync.WaitGroup
			each := func(f func(rank int) error) {
				for rank := range world {
					wg.Add(1)
					go func() {
						defer wg.Done()
						if err := f(rank); err != nil {
							b.Error(err)
						}
					}()
				}
				wg.Wait()
			}
			x := make([][]float32, world)
			each(func(rank int) (err error) {
				at := o
				at.Rank = rank
				x[rank] = make([]float32, n)
				transport, err := connect(context.Background(), at)
				if err != nil {
					return err
				}
				rings[rank], err = Open(context.Background(), transport, at)
				return err
			})
			b.SetBytes(4 * n)
			b.ResetTimer()
			for range b.N {
				each(func(rank int) error { return rings[rank].AllReduce(context.Background(), x[rank]) })
			}
			b.StopTimer()
			each(func(rank int) error { return rings[rank].Close() })
		})
	}
}
