package ringbench

import (
	"crypto/rand"
	"fmt"
	"net/url"

	"github.com/nats-io/nats-server/v2/server"
)

// broker is the NATS server that all ranks share, in this process.
type broker struct {
	server *server.Server
	url    string // with the word that admits whoever knows it
}

func startBroker() (*broker, error) {
	word := rand.Text()
	s, err := server.NewServer(&server.Options{
		ServerName: "ringmaster-bench", Host: loopback, Port: -1, NoSigs: true, NoLog: true, Authorization: word,
	})
	if err != nil {
		return nil, fmt.Errorf("broker: %w", err)
	}
	s.Start()
	if !s.ReadyForConnections(connectTimeout) {
		s.Shutdown()
		return nil, fmt.Errorf("%w: the broker does not listen at %s", ErrRank, loopback)
	}
	where := url.URL{Scheme: "nats", User: url.User(word), Host: s.Addr().String()}
	return &broker{server: s, url: where.String()}, nil
}

func (b *broker) close() {
	b.server.Shutdown()
	b.server.WaitForShutdown()
}
