package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// patience is how long a stranger listens.
const patience = 5 * time.Second

// Knocked is what a stranger got from a NATS server.
type Knocked struct {
	Connected bool   `json:"connected"`
	Heard     int    `json:"heard"` // messages, of everybody's
	Published bool   `json:"published"`
	Problem   string `json:"problem"`
}

// knock connects to a NATS server, listens to everything, and publishes to a subject; it prints
// how far it got.
func knock(url, token string) error {
	var k Knocked
	defer func() { _ = json.NewEncoder(os.Stdout).Encode(k) }()
	problems := make(chan error, 100)
	options := []nats.Option{
		nats.Timeout(patience), nats.NoReconnect(),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			select {
			case problems <- err:
			default:
			}
		}),
	}
	if token != "" {
		options = append(options, nats.Token(token))
	}
	c, err := nats.Connect(url, options...)
	if err != nil {
		k.Problem = err.Error()
		return nil
	}
	defer c.Close()
	k.Connected = true
	all, err := c.SubscribeSync(">")
	if err != nil {
		k.Problem = err.Error()
		return nil
	}
	for until := time.Now().Add(patience); time.Now().Before(until); {
		if _, err := all.NextMsg(time.Until(until)); err == nil {
			k.Heard++
		} else if !errors.Is(err, nats.ErrTimeout) {
			k.Problem = err.Error()
			break
		}
	}
	if err := errors.Join(c.Publish("ringmaster.stranger", []byte("hello")), c.FlushTimeout(patience)); err != nil {
		k.Problem = err.Error()
		return nil
	}
	select {
	case err := <-problems:
		k.Problem = err.Error()
	default:
		k.Published = true
	}
	return nil
}

// dial connects to a port and prints what it says first.
func dial(address string) error {
	c, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	line, err := bufio.NewReader(c).ReadString('\n')
	fmt.Printf("connected; it said %q (%v)\n", line, err)
	return nil
}

// get prints the status and the beginning of what a URL answers.
func get(ctx context.Context, url, token string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	if token != "" {
		q.Header.Set("Authorization", "Bearer "+token)
	}
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return err
	}
	defer a.Body.Close()
	b, err := io.ReadAll(io.LimitReader(a.Body, 1<<20))
	fmt.Println(a.StatusCode, strings.TrimSpace(string(b)))
	return err
}
