package allreduce

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/url"
	"strconv"
	"sync"
	"testing"
)

// proxy stands between a rank and its left neighbour's server, and does something wrong
// with one message. What it forwards otherwise is untouched.
type proxy struct {
	listener net.Listener
	target   *url.URL
	at       int                                              // number of the message from the server, from 1
	act      func(p *proxy, to net.Conn, message []byte) bool // in its place; whether to go on
	upstream func(p *proxy)                                   // before anything more goes to the server, once act is due

	reached chan struct{} // closed when the message has come
	resume  chan struct{} // for act to wait on
	quit    chan struct{}
	mu      sync.Mutex
	conns   []net.Conn
	wait    sync.WaitGroup
}

// startProxy listens for one client of the server at target.
func startProxy(t testing.TB, target string, p *proxy) *proxy {
	t.Helper()
	var err error
	if p.target, err = url.Parse(target); err != nil {
		t.Fatal(err)
	}
	if p.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	p.reached, p.resume, p.quit = make(chan struct{}), make(chan struct{}), make(chan struct{})
	p.wait.Go(p.serve)
	t.Cleanup(func() {
		close(p.quit)
		p.listener.Close()
		p.mu.Lock()
		for _, conn := range p.conns {
			conn.Close()
		}
		p.mu.Unlock()
		p.wait.Wait()
	})
	return p
}

// url is the target's, by way of the proxy.
func (p *proxy) url() string {
	u := *p.target
	u.Host = p.listener.Addr().String()
	return u.String()
}

// keep closes conn at the end of the test.
func (p *proxy) keep(conn net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.quit:
		conn.Close()
	default:
		p.conns = append(p.conns, conn)
	}
}

func (p *proxy) serve() {
	client, err := p.listener.Accept()
	if err != nil {
		return // the test ended first
	}
	p.keep(client)
	server, err := net.Dial("tcp", p.target.Host)
	if err != nil {
		client.Close()
		return
	}
	p.keep(server)
	p.wait.Go(func() {
		defer server.Close()
		p.up(server, client)
	})
	defer client.Close()
	p.down(client, server)
}

// up forwards to the server, until upstream is due.
func (p *proxy) up(server io.Writer, client io.Reader) {
	b := make([]byte, 1<<16)
	for {
		n, err := client.Read(b)
		if err != nil {
			return
		}
		if p.upstream != nil {
			select {
			case <-p.reached:
				p.upstream(p)
			default:
			}
		}
		if _, err := server.Write(b[:n]); err != nil {
			return
		}
	}
}

// down forwards whole lines and messages to the client.
func (p *proxy) down(client net.Conn, server io.Reader) {
	in := bufio.NewReader(server)
	for n := 0; ; {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		if bytes.HasPrefix(line, []byte("MSG ")) {
			fields := bytes.Fields(line)
			size, err := strconv.Atoi(string(fields[len(fields)-1]))
			if err != nil {
				return
			}
			payload := make([]byte, size+2)
			if _, err := io.ReadFull(in, payload); err != nil {
				return
			}
			line = append(line, payload...)
			if n++; n == p.at {
				close(p.reached)
				if p.act != nil {
					if !p.act(p, client, line) {
						return
					}
					continue
				}
			}
		}
		if _, err := client.Write(line); err != nil {
			return
		}
	}
}

// hold keeps the message, and all after it, until the test lets it go.
func hold(p *proxy, to net.Conn, message []byte) bool {
	select {
	case <-p.resume:
		_, err := to.Write(message)
		return err == nil
	case <-p.quit:
		return false
	}
}

// sayInstead writes something else in the message's place.
func sayInstead(what string) func(*proxy, net.Conn, []byte) bool {
	return func(_ *proxy, to net.Conn, _ []byte) bool {
		_, err := io.WriteString(to, what)
		return err == nil
	}
}

// overProxiedMesh gives each rank an endpoint, and puts p before rank 0's, where rank 1
// finds it.
func overProxiedMesh(t testing.TB, world int, p *proxy) connector {
	t.Helper()
	_, endpoints := overMesh(t, world)
	startProxy(t, endpoints[0].URL(), p)
	return func(ctx context.Context, o Options) (Transport, error) {
		left := endpoints[o.left()].URL()
		if o.Rank == 1 {
			left = p.url()
		}
		return endpoints[o.Rank].Connect(ctx, left, o)
	}
}
