//go:build linux

package chaos

import (
	"context"
	"fmt"
	"strings"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

// links are the ways to the control server, one for each who goes there, so that each can
// be cut by itself.
type links struct {
	toxics *toxiproxy.ApiServer // never listens: it is what proxies want to belong to
	server string               // where the control server is
}

func newLinks(server string) *links {
	zerolog.SetGlobalLevel(zerolog.Disabled) // toxics use a logger that cannot be given
	return &links{toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop()), server}
}

// link is one way. Its address stays the same when it is cut and mended.
type link struct{ proxy *toxiproxy.Proxy }

func (l *links) open(name string) (*link, error) {
	p := toxiproxy.NewProxy(l.toxics, name, "127.0.0.1:0", l.server)
	if err := p.Start(); err != nil {
		return nil, fmt.Errorf("%w: proxy to the server for %s: %w", ErrStart, name, err)
	}
	return &link{p}, nil
}

func (l *link) url() string { return "nats://" + l.proxy.Listen }

// cut breaks the connections, and refuses new ones until mend.
func (l *link) cut() { l.proxy.Stop() }

// hang lets nothing through any more, though connections stand and new ones are accepted.
func (l *link) hang() error {
	return l.spoil(`{"name": "up", "type": "timeout", "stream": "upstream", "attributes": {"timeout": 0}}`,
		`{"name": "down", "type": "timeout", "stream": "downstream", "attributes": {"timeout": 0}}`)
}

// slow gives it 120 ms there and as much back, and 64 KB/s.
func (l *link) slow() error {
	return l.spoil(`{"name": "up", "type": "latency", "stream": "upstream", "attributes": {"latency": 120, "jitter": 30}}`,
		`{"name": "down", "type": "latency", "stream": "downstream", "attributes": {"latency": 120, "jitter": 30}}`,
		`{"name": "width", "type": "bandwidth", "stream": "downstream", "attributes": {"rate": 64}}`)
}

func (l *link) spoil(toxics ...string) error {
	for _, toxic := range toxics {
		if _, err := l.proxy.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
			return err
		}
	}
	return nil
}

// mend undoes what was done to the link.
func (l *link) mend(ctx context.Context) error {
	l.proxy.Toxics.ResetToxics(ctx)
	if l.proxy.Enabled {
		return nil
	}
	return l.proxy.Start()
}

func (l *link) close() { l.proxy.Stop() }
