package worker

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"ringmaster/config"
	"ringmaster/keepalive"
	"ringmaster/run/protocol"
	"ringmaster/run/reach"
)

// brokerPatience is how long a rank tries to connect to the broker before it says that it cannot take
// part in a ring: a server that is restarted is back within it.
const brokerPatience = 5 * time.Second

// broker is a worker's connection to the server that rings go over, where one is named that all workers
// share (cluster.broker). By it the worker shows that it reaches that server, and finds out whether the
// others are to be found there too: one URL may lead to different servers from different machines.
// The rings have connections of their own.
type broker struct {
	urls   string // with what admits to it
	run    string
	server string // the ID that the others ask for
	nc     *nats.Conn

	tried time.Time // when it was last connected to in vain
	why   error     // what came of that
}

func newBroker(urls, run string) *broker {
	return &broker{urls: urls, run: run, server: nats.NewInbox()[len(nats.InboxPrefix):]}
}

// offer connects, unless that is done, and says what became of it.
func (b *broker) offer() *reach.Offer {
	return &reach.Offer{Server: b.server, URLs: strings.Split(config.RedactURLs(b.urls), ","), Broker: outcomeOf(b.connect())}
}

func (b *broker) connect() error {
	if b.nc != nil && b.nc.IsConnected() {
		return nil
	}
	if time.Since(b.tried) < protocol.RetryPause {
		return b.why
	}
	b.close()
	if b.why = b.dial(); b.why != nil {
		b.tried = time.Now()
	}
	return b.why
}

func (b *broker) dial() error {
	subject := protocol.ProbeSubject(b.run, b.server)
	nc, err := dialBroker(b.urls, nats.Name("ringmaster worker beside the ring"),
		nats.CustomInboxPrefix(subject+".answers"),
		// The worker is to be found again after the server was restarted.
		nats.MaxReconnects(-1), nats.ReconnectWait(protocol.RetryPause))
	if err != nil {
		return err
	}
	b.nc = nc
	if _, err = nc.Subscribe(subject, func(m *nats.Msg) { _ = m.Respond([]byte(b.server)) }); err == nil {
		err = nc.FlushTimeout(probeTimeout) // the server knows of the subscription
	}
	if err != nil {
		b.close()
		return fmt.Errorf("subscribe to %s: %w", subject, err)
	}
	return nil
}

// dialBroker connects to a broker. Looking up its name counts against the time for an answer: the
// library would wait for a name server that does not answer for as long as the system does.
func dialBroker(urls string, options ...nats.Option) (*nats.Conn, error) {
	each := max(probeTimeout/time.Duration(1+strings.Count(urls, ",")), time.Second)
	return protocol.Dial(urls, "", append(options, nats.Timeout(each), nats.SkipHostLookup(),
		nats.SetCustomDialer(keepalive.Dialer(each)))...)
}

// probe looks for another worker at the broker.
func (b *broker) probe(ctx context.Context, q reach.Question) reach.Finding {
	f := reach.Finding{Server: q.Offer.Server, Best: -1}
	outcome := reach.Otherwise
	if b != nil && b.nc != nil {
		_, err := b.nc.RequestWithContext(ctx, protocol.ProbeSubject(b.run, q.Offer.Server), nil)
		outcome = outcomeOf(err)
	}
	if outcome == reach.Reached {
		f.Best = 0
	}
	for range q.Offer.URLs {
		f.Outcomes = append(f.Outcomes, outcome)
	}
	return f
}

func (b *broker) close() {
	if b != nil && b.nc != nil {
		b.nc.Close()
	}
}
