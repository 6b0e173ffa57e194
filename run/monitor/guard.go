package monitor

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"strings"

	"ringmaster/refusals"
	"ringmaster/shown"
)

// guard lets those in who know a token, or, on a loopback address, everybody of this machine.
type guard struct {
	loopback bool
	tokens   func() []string
	refused  *refusals.Counter
}

// admits guards a handler.
func (g *guard) admits(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case g.loopback && namesLoopback(r.Host):
		case g.loopback:
			g.refused.Add(refusals.Permission, "an HTTP request for "+shown.Quote(r.Host)+", which is not this machine's loopback address")
			http.Error(w, "this endpoint serves its own machine: ask for 127.0.0.1 or localhost", http.StatusForbidden)
			return
		case !g.knows(r.Header.Get("Authorization")):
			g.refused.Add(refusals.Credentials, "an HTTP request from "+shown.Line(r.RemoteAddr)+" for "+shown.Quote(r.URL.Path)+" without a valid token")
			w.Header().Set("WWW-Authenticate", `Bearer realm="ringmaster"`)
			http.Error(w, "this needs a bearer token: the run's, or that of RINGMASTER_METRICS_TOKEN", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// knows says whether a header has one of the tokens. How long it takes tells nothing of them.
func (g *guard) knows(header string) bool {
	scheme, given, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "bearer") || g.tokens == nil {
		return false
	}
	known := 0
	has := sha256.Sum256([]byte(given))
	for _, token := range g.tokens() {
		if token == "" {
			continue
		}
		want := sha256.Sum256([]byte(token))
		known |= subtle.ConstantTimeCompare(has[:], want[:])
	}
	return known == 1
}

// namesLoopback says whether a request's host is this machine by a loopback address or name.
func namesLoopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
