package monitor_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
	"go.uber.org/goleak"

	"ringmaster/refusals"
	"ringmaster/run/monitor"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// served is an endpoint whose answers a test sets.
type served struct {
	*monitor.Endpoint
	live, ready error
	refused     *refusals.Counter
}

func serve(t *testing.T, address string, tokens ...string) *served {
	t.Helper()
	s := &served{refused: refusals.New(nil)}
	registry := prometheus.NewRegistry()
	steps := prometheus.NewCounter(prometheus.CounterOpts{Name: "steps_total", Help: "Steps."})
	steps.Add(7)
	registry.MustRegister(steps)
	var err error
	s.Endpoint, err = monitor.Serve(monitor.Options{
		Address: address, Live: func() error { return s.live }, Ready: func() error { return s.ready },
		Status: func() any { return map[string]int{"step": 7} }, Metrics: registry, Refused: s.refused,
		Tokens: func() []string { return tokens },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// get asks for a path and returns status and body.
func (s *served) get(t *testing.T, path string, header ...string) (int, string) {
	t.Helper()
	_, port, _ := strings.Cut(strings.TrimPrefix(s.URL(), "http://"), "]:")
	if port == "" {
		_, port, _ = net.SplitHostPort(strings.TrimPrefix(s.URL(), "http://"))
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:"+port+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
		r.Header.Set(header[i], header[i+1])
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

func TestHealthIsOfTheProcess(t *testing.T) {
	s := serve(t, "127.0.0.1:0")
	for _, path := range []string{"/livez", "/readyz"} {
		if code, text := s.get(t, path); code != 200 || text != "ok\n" {
			t.Errorf("%s: %d %q", path, code, text)
		}
	}
	s.ready = errors.New("waiting for a ring\x1b[2J")
	if code, text := s.get(t, "/readyz"); code != 503 || !strings.HasPrefix(text, "waiting for a ring") || strings.Contains(text, "\x1b") {
		t.Errorf("%d %q", code, text)
	}
	if code, _ := s.get(t, "/livez"); code != 200 {
		t.Error("a worker that is not ready counts as dead")
	}
	s.live = errors.New("the loop stands")
	if code, text := s.get(t, "/livez"); code != 503 || text != "the loop stands\n" {
		t.Errorf("%d %q", code, text)
	}
}

// What is served as metrics is what Prometheus' own parser reads.
func TestMetricsAreParsedByPrometheus(t *testing.T) {
	s := serve(t, "127.0.0.1:0")
	code, text := s.get(t, "/metrics")
	if code != 200 {
		t.Fatal(code, text)
	}
	var parser expfmt.TextParser
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if f := families["steps_total"]; f == nil || f.GetMetric()[0].GetCounter().GetValue() != 7 {
		t.Errorf("%v", families)
	}
	code, text = s.get(t, "/status")
	var document map[string]int
	if err := json.Unmarshal([]byte(text), &document); code != 200 || err != nil || document["step"] != 7 {
		t.Errorf("%d %q %v", code, text, err)
	}
}

// Beyond loopback a stranger gets health and nothing else; each try is counted.
func TestStrangersGetHealthOnly(t *testing.T) {
	s := serve(t, "0.0.0.0:0", "secret", "")
	for _, path := range []string{"/metrics", "/status"} {
		for _, c := range []struct {
			header []string
			want   int
		}{
			{nil, 401},
			{[]string{"Authorization", "Bearer wrong"}, 401},
			{[]string{"Authorization", "Bearer "}, 401}, // an empty token admits nobody
			{[]string{"Authorization", "Basic secret"}, 401},
			{[]string{"Authorization", "Bearer secret"}, 200},
			{[]string{"Authorization", "bearer secret"}, 200},
			{[]string{"Host", "127.0.0.1"}, 401},
		} {
			code, text := s.get(t, path, c.header...)
			if code != c.want || strings.Contains(text, "secret") {
				t.Errorf("%s with %q: %d, want %d: %s", path, c.header, code, c.want, text)
			}
		}
	}
	if n := s.refused.Count(refusals.Credentials); n != 10 {
		t.Errorf("%d refusals counted, want 10", n)
	}
	if code, _ := s.get(t, "/livez"); code != 200 {
		t.Error("a kubelet gets no answer")
	}
}

func TestNoTokenAdmitsNobodyBeyondLoopback(t *testing.T) {
	s := serve(t, "0.0.0.0:0")
	if code, _ := s.get(t, "/status", "Authorization", "Bearer "); code != 401 {
		t.Error(code)
	}
}

// A web page that has its own name lead to 127.0.0.1 reads nothing.
func TestAnotherHostsNameIsRefusedOnLoopback(t *testing.T) {
	s := serve(t, "127.0.0.1:0")
	for host, want := range map[string]int{"localhost:1": 200, "127.0.0.1": 200, "[::1]:80": 200, "evil.example": 403, "10.0.0.1:80": 403} {
		if code, _ := s.get(t, "/status", "Host", host); code != want {
			t.Errorf("%s: %d, want %d", host, code, want)
		}
	}
}

func TestNothingElseIsServed(t *testing.T) {
	s := serve(t, "127.0.0.1:0")
	for _, path := range []string{"/", "/debug/pprof/", "/status/x", "/metrics/../livez/.."} {
		if code, _ := s.get(t, path); code == 200 {
			t.Errorf("%s is served", path)
		}
	}
	answer, err := http.Post(s.URL()+"/status", "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if answer.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", answer.StatusCode)
	}
}

// A host that holds connections has some of them, and no more.
func TestConnectionsOfAHostAreBounded(t *testing.T) {
	s := serve(t, "127.0.0.1:0")
	at := strings.TrimPrefix(s.URL(), "http://")
	open := 0
	for range 40 {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		_, err = conn.Read(make([]byte, 1))
		if timeout, is := errors.AsType[net.Error](err); is && timeout.Timeout() {
			open++
		}
	}
	if open != 16 {
		t.Errorf("%d connections are held, want 16", open)
	}
}

func TestABusyPortIsNamed(t *testing.T) {
	s := serve(t, "127.0.0.1:0")
	_, err := monitor.Serve(monitor.Options{Address: strings.TrimPrefix(s.URL(), "http://")})
	if !errors.Is(err, monitor.ErrAddress) || !strings.Contains(err.Error(), "in use") {
		t.Error(err)
	}
	if _, err := monitor.Serve(monitor.Options{Address: "192.0.2.1:0"}); !errors.Is(err, monitor.ErrAddress) {
		t.Error(err)
	}
}

// Close does not wait for a request that does not end.
func TestCloseEndsRequests(t *testing.T) {
	release := make(chan struct{})
	asked := make(chan struct{})
	e, err := monitor.Serve(monitor.Options{
		Address: "127.0.0.1:0", Live: func() error { close(asked); <-release; return nil }, Metrics: prometheus.NewRegistry(),
	})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, e.URL()+"/livez", nil)
		if err != nil {
			return
		}
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		if answer, err := client.Do(r); err == nil {
			answer.Body.Close()
		}
	}()
	<-asked
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	close(release)
	<-done
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestTokenFromFile(t *testing.T) {
	path := t.TempDir() + "/token"
	for text, want := range map[string]string{"abc\n": "abc", "": "", " \n": "", strings.Repeat("x", 5000): ""} {
		write(t, path, text)
		t.Setenv(monitor.TokenFileEnv, path)
		token, err := monitor.TokenFromEnv()
		if token != want || (err == nil) != (want != "") || err != nil && !errors.Is(err, monitor.ErrToken) {
			t.Errorf("%.10q gives %q, %v", text, token, err)
		}
	}
	t.Setenv(monitor.TokenEnv, "from env")
	if token, err := monitor.TokenFromEnv(); token != "from env" || err != nil {
		t.Error(token, err)
	}
}
