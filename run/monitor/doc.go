// Package monitor is the HTTP endpoint of a process, for Kubernetes, Prometheus and people.
//
//	e, err := monitor.Serve(monitor.Options{Address: "127.0.0.1:0", Live: …, Ready: …, Status: …, Metrics: registry})
//	defer e.Close()
//	e.URL()       // http://127.0.0.1:40123
//
//	/livez    200 while the process's loop turns, else 503 with the reason
//	/readyz   200 while it can take part, else 503 with the reason
//	/metrics  Prometheus metrics
//	/status   the status document (package status), JSON
//
// # Who may ask
//
// /livez and /readyz answer everybody, since a kubelet has no credentials; they say nothing
// but one short line. /metrics and /status want a bearer token, one of Options.Tokens, unless
// the endpoint listens on a loopback address. There, requests must name a loopback host,
// so that no web page can read them through a browser (DNS rebinding). An endpoint beyond
// loopback without any token refuses both.
//
// Nothing can be changed over the endpoint. Time, size of a request and number of connections
// are limited.
//
// # Goroutines
//
// The server's goroutines end in Close, which waits for them.
package monitor
