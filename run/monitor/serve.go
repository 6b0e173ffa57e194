package monitor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"ringmaster/refusals"
	"ringmaster/shown"
)

// Options say what an endpoint serves, and where. Its functions are called on the server's
// goroutines, several at a time.
type Options struct {
	// Address is host:port; port 0 takes a free one.
	Address string
	// Live and Ready return nil, or why not, in a few words without secrets.
	Live, Ready func() error
	// Status gives the status document, which is encoded as JSON.
	Status  func() any
	Metrics prometheus.Gatherer
	// Tokens are those that admit to metrics and status now; empty ones admit nobody.
	Tokens func() []string
	// Refused counts requests without a valid token; nil does not.
	Refused *refusals.Counter
}

// Endpoint serves until Close.
type Endpoint struct {
	listener net.Listener
	server   *http.Server
	ended    chan struct{}
}

// Limits of the server.
const (
	maxHeader      = 16 << 10
	maxConnections = 512
	maxOfHost      = 16
	headerTimeout  = 5 * time.Second
	writeTimeout   = 30 * time.Second
	idleTimeout    = 2 * time.Minute
	closeTimeout   = time.Second
)

// Serve begins to serve.
func Serve(o Options) (*Endpoint, error) {
	listener, err := listen(o.Address)
	if err != nil {
		return nil, err
	}
	guard := &guard{loopback: onLoopback(listener.Addr()), tokens: o.Tokens, refused: o.Refused}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", probe(o.Live))
	mux.HandleFunc("GET /readyz", probe(o.Ready))
	mux.Handle("GET /metrics", guard.admits(promhttp.HandlerFor(o.Metrics, promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: maxOfHost,
	})))
	mux.Handle("GET /status", guard.admits(document(o.Status)))
	e := &Endpoint{
		listener: listener, ended: make(chan struct{}),
		server: &http.Server{
			Handler: mux, MaxHeaderBytes: maxHeader, ReadHeaderTimeout: headerTimeout, ReadTimeout: headerTimeout,
			WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
			ErrorLog: log.New(io.Discard, "", 0), // a stranger's broken requests are not worth a line each
		},
	}
	go func() {
		defer close(e.ended)
		_ = e.server.Serve(newBounded(listener, maxConnections, maxOfHost)) // it ends in Close
	}()
	return e, nil
}

func listen(address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	switch {
	case err == nil:
		return listener, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%w: %s is in use by another program: give another port, or 0 for a free one", ErrAddress, shown.Line(address))
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("%w: this user may not listen at %s: give a port above 1023, or 0 for a free one", ErrAddress, shown.Line(address))
	default:
		return nil, fmt.Errorf("%w: cannot listen at %s: %s", ErrAddress, shown.Quote(address), shown.Problem(err))
	}
}

func onLoopback(a net.Addr) bool {
	at, ok := a.(*net.TCPAddr)
	return ok && at.IP.IsLoopback()
}

// URL is where the endpoint listens. An endpoint on all addresses is named by 0.0.0.0 or [::].
func (e *Endpoint) URL() string {
	return (&url.URL{Scheme: "http", Host: e.listener.Addr().String()}).String()
}

// Loopback says whether this machine alone reaches the endpoint.
func (e *Endpoint) Loopback() bool { return onLoopback(e.listener.Addr()) }

// Close ends the endpoint, and with it requests that take too long.
func (e *Endpoint) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	err := e.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = e.server.Close()
	}
	<-e.ended
	return err
}

// probe answers a question of health.
func probe(healthy func() error) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		if err := healthy(); err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = fmt.Fprintln(w, shown.Line(err.Error())) // nobody is left to tell of an error
			return
		}
		_, _ = fmt.Fprintln(w, "ok")
	}
}

// document answers with the status document.
func document(status func() any) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		text, err := json.MarshalIndent(status(), "", "  ")
		if err != nil {
			http.Error(w, "the status cannot be encoded", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(append(text, '\n'))
	})
}
