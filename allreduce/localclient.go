package allreduce

import (
	"context"
	"fmt"
	"time"
)

// localClient is a rank's connection to its own server, greeted before it is needed: where the server
// expects a TLS handshake, it waits a while (50 ms) for one on connections inside the process too,
// and a new ring must not wait for that.
type localClient struct {
	ready  chan struct{} // closed when client or err is there
	client *client
	err    error
}

// greetInside starts to connect to the server inside the process.
func (e *Endpoint) greetInside() *localClient {
	l := &localClient{ready: make(chan struct{})}
	go func() {
		defer close(l.ready)
		l.client, l.err = e.dialInside()
	}()
	return l
}

func (e *Endpoint) dialInside() (*client, error) {
	conn, err := e.server.InProcessConn()
	if err != nil {
		return nil, err
	}
	c := newClient(conn)
	return c, c.within(context.Background(), func() error {
		return c.greet(func([]byte) (connectOptions, error) {
			return connectOptions{Name: "ringmaster ring", Token: e.word}, nil
		})
	})
}

// takeLocal is the connection for the next link; another one is made for the link after it.
func (e *Endpoint) takeLocal() *localClient {
	e.mu.Lock()
	defer e.mu.Unlock()
	taken := e.local
	if taken != nil {
		e.local = e.greetInside()
	}
	return taken
}

// subscribe waits for the connection and subscribes.
func (l *localClient) subscribe(ctx context.Context, subject string, writeTimeout time.Duration, buffers *pool) (*client, error) {
	if l == nil {
		return nil, fmt.Errorf("%w: the endpoint is closed", ErrClosed)
	}
	<-l.ready
	if l.err != nil {
		return nil, l.err
	}
	c := l.client
	return c, c.within(ctx, func() error { return c.subscribe(subject, writeTimeout, buffers) })
}

// drop closes a connection that nobody needs.
func (l *localClient) drop() {
	if l == nil {
		return
	}
	<-l.ready
	if l.err == nil {
		_ = l.client.close()
	}
}
