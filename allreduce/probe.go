package allreduce

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"time"
)

// greetingBytes bounds what a server may say before a line ends.
const greetingBytes = 64 << 10

// Probe makes sure that the endpoint with this ID is reached at a URL, and admits whoever has
// that URL: it does what a neighbour's link does first, short of subscribing. ctx bounds it.
// The word in the URL is said only to a server that has named itself id (else ErrOtherServer):
// an address of a private network may belong to another machine on this side. Where the URL is of
// TLS, the server's certificate is checked by secure. A server with a guard (a URL without a word) admits by
// a pass for one link, so that it answers is all that can be asked of it.
func Probe(ctx context.Context, where, id string, secure *tls.Config) (err error) {
	u, err := url.Parse(where)
	if err != nil || u.Host == "" {
		return fmt.Errorf("%w: this is not the URL of an endpoint", ErrOptions)
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return err
	}
	if u.Scheme == "tls" {
		conn = tls.Client(conn, secure)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(past) })()
	if until, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(until); err != nil {
			return err
		}
	}
	return greetEndpoint(conn, u.User, id)
}

// greetEndpoint is the beginning of the NATS protocol: INFO, CONNECT, PING, PONG.
func greetEndpoint(conn net.Conn, user *url.Userinfo, id string) error {
	in := bufio.NewReader(io.LimitReader(conn, greetingBytes))
	line, err := in.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("no greeting: %w", err)
	}
	info, is := bytes.CutPrefix(line, []byte("INFO "))
	var server struct {
		ID string `json:"server_id"`
	}
	if !is || json.Unmarshal(info, &server) != nil || server.ID != id {
		return ErrOtherServer
	}
	if user == nil {
		return nil
	}
	options, err := json.Marshal(connectOptions{Protocol: 1, Lang: "go", Version: "1", Name: "ringmaster probe", Token: user.Username()})
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(conn, "CONNECT %s\r\nPING\r\n", options); err != nil {
		return err
	}
	for {
		line, err := in.ReadBytes('\n')
		switch {
		case err != nil:
			return fmt.Errorf("no answer: %w", err)
		case bytes.HasPrefix(line, []byte("PONG")):
			return nil
		case bytes.HasPrefix(line, []byte("-ERR")):
			return fmt.Errorf("%w: %.80q", ErrProtocol, bytes.TrimSpace(line))
		}
	}
}

// probeTimeout is for whoever probes without a deadline of their own.
const probeTimeout = 3 * time.Second

// ProbeFirst probes an endpoint at several addresses at once and says at which of them it is
// best reached, the first in their order that answers; −1 for none. An earlier one that has not
// answered is given grace once a later one has. Outcomes are by address; the ones that were not
// waited for are context.Canceled.
func ProbeFirst(ctx context.Context, urls []string, id string, secure *tls.Config, grace time.Duration) (best int, outcomes []error) {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, probeTimeout)
		defer cancel()
	}
	ctx, enough := context.WithCancel(ctx)
	defer enough()
	type outcome struct {
		index int
		err   error
	}
	done := make(chan outcome, len(urls))
	for i, where := range urls {
		go func() { done <- outcome{i, Probe(ctx, where, id, secure)} }()
	}
	best, outcomes = -1, make([]error, len(urls))
	open := make(map[int]bool, len(urls))
	for i := range urls {
		open[i] = true
	}
	for range urls {
		o := <-done
		delete(open, o.index)
		outcomes[o.index] = o.err
		if ctx.Err() != nil && best >= 0 && o.err != nil {
			outcomes[o.index] = context.Canceled
		}
		if o.err == nil && (best < 0 || o.index < best) {
			best = o.index
		}
		if best < 0 {
			continue
		}
		earlier := false
		for i := range open {
			earlier = earlier || i < best
		}
		if !earlier {
			enough()
		} else {
			timer := time.AfterFunc(grace, enough)
			defer timer.Stop()
		}
	}
	return best, outcomes
}
