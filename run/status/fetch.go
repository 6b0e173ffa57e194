package status

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"ringmaster/shown"
)

// longest bounds a document: thousands of members take less.
const longest = 8 << 20

// Document is what a process says: exactly one is set.
type Document struct {
	Run    *Run
	Worker *Worker
}

// Fetch asks a process for its document. where is the endpoint's URL, with or without /status
// and scheme; token is sent as a bearer token unless it is empty.
func Fetch(ctx context.Context, where, token string) (d Document, err error) {
	at, err := endpoint(where)
	if err != nil {
		return d, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return d, fmt.Errorf("%w: %s", ErrUnreachable, shown.Problem(err))
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	// No proxy, and no redirect: either would be told the token.
	client := http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		return d, fmt.Errorf("%w at %s: %s", ErrUnreachable, shown.Line(at.Host), shown.Problem(err))
	}
	defer response.Body.Close() // read to its end or given up
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusUnauthorized:
		return d, fmt.Errorf("%w at %s: give the run's token in RINGMASTER_TOKEN, or that of RINGMASTER_METRICS_TOKEN", ErrNotAdmitted, shown.Line(at.Host))
	default:
		return d, fmt.Errorf("%w at %s: it answers %s", ErrNoDocument, shown.Line(at.Host), shown.Line(response.Status))
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, longest))
	if err != nil {
		return d, fmt.Errorf("%w at %s: %s", ErrUnreachable, shown.Line(at.Host), shown.Problem(err))
	}
	return Decode(text, at.Host)
}

// Decode reads a document that a process, or a file, has; where names it in errors.
func Decode(text []byte, where string) (d Document, err error) {
	var is struct{ Kind string }
	if err := json.Unmarshal(text, &is); err != nil {
		return d, fmt.Errorf("%w at %s: %s", ErrNoDocument, shown.Line(where), shown.Problem(err))
	}
	switch is.Kind {
	case KindRun:
		err = json.Unmarshal(text, &d.Run)
	case KindWorker:
		err = json.Unmarshal(text, &d.Worker)
	default:
		return d, fmt.Errorf("%w at %s: its kind is %s, not %s or %s", ErrNoDocument, shown.Line(where), shown.Quote(is.Kind), KindRun, KindWorker)
	}
	if err != nil {
		return d, fmt.Errorf("%w at %s: %s", ErrNoDocument, shown.Line(where), shown.Problem(err))
	}
	return d, nil
}

// endpoint is the URL of the document. An address that is all of a machine's means this one.
func endpoint(where string) (*url.URL, error) {
	if !strings.Contains(where, "://") {
		where = "http://" + where
	}
	at, err := url.Parse(where)
	if err != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https" {
		return nil, fmt.Errorf("%w: %s is not the URL of an endpoint, like http://127.0.0.1:8080", ErrUnreachable, shown.Quote(where))
	}
	if ip := net.ParseIP(at.Hostname()); ip != nil && ip.IsUnspecified() {
		at.Host = net.JoinHostPort("127.0.0.1", at.Port())
	}
	if !strings.HasSuffix(at.Path, "/status") { // a proxy may have put a path before it
		at = at.JoinPath("status")
	}
	at.RawQuery, at.Fragment = "", ""
	return at, nil
}
