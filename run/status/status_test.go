package status_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ringmaster/run/directory"
	"ringmaster/run/status"
)

var now = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// aRun is a run directory with some committed steps of two tasks, two seconds each; it is open.
func aRun(t *testing.T, steps int) *directory.Dir {
	t.Helper()
	d, err := directory.Create(filepath.Join(t.TempDir(), "it"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() }) // most tests have closed it
	err = d.WriteConfig(func(w io.Writer) error {
		_, err := fmt.Fprint(w, "method: mt\ncluster: {workers: 3, min_workers: 2}\n")
		return err
	})
	for _, e := range []directory.Entry{
		{Opened: &directory.Opened{Run: "it", Started: now.Add(-time.Hour)}},
		{Generation: &directory.Generation{Number: 1, Members: []string{"a", "b"}}},
		{StageBegun: &directory.StageBegun{Index: 2, Name: "student", Generation: 1}},
	} {
		err = errors.Join(err, d.Record(e))
	}
	for n := range steps {
		err = errors.Join(err, d.Commit(directory.Event{
			Stage: "student", Step: n, Total: 100, World: 2, Lambda: float64(n) / 99, Loss: map[string]float64{"empathy": 0.5},
			Examples: map[string]int{"empathy": 8}, Time: now.Add(time.Duration(n-steps) * 2 * time.Second),
		}, directory.LedgerEntry{Stage: "student", Step: n}))
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func shownAs(t *testing.T, r status.Run) string {
	t.Helper()
	var text strings.Builder
	if err := status.Write(&text, r, 100); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(strings.Join(strings.Fields(text), " "), part) { // however it is broken into lines
			t.Errorf("it does not say %q:\n%s", part, text)
		}
	}
}

// The process of the test holds the lock: a coordinator that gives no details.
func TestARunThatIsUnderWayWithoutAnEndpoint(t *testing.T) {
	d := aRun(t, 40)
	r, err := status.OfRun(t.Context(), d.Layout, now, "")
	if err != nil {
		t.Fatal(err)
	}
	if r.Phase != status.Training || r.Stage.Done != 40 || r.Stage.Total != 100 || r.Workers.Active != 2 || r.Workers.Members[1].Worker != "b" {
		t.Errorf("%+v %+v", r, r.Stage)
	}
	if left := r.Stage.TimeLeft; left == nil || *left < 119 || *left > 121 {
		t.Errorf("%v s left, want 120", left)
	}
	contains(t, shownAs(t, r), "training", "step 40 of 100", "about 2m0s", "the last step was committed 2s ago")
}

func TestADeadRun(t *testing.T) {
	d := aRun(t, 40)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := status.OfRun(t.Context(), d.Layout, now, "")
	if err != nil {
		t.Fatal(err)
	}
	if r.Phase != status.Dead || !r.Phase.Broken() || r.Stage.TimeLeft != nil || len(r.Workers.Members) > 0 {
		t.Errorf("%+v", r)
	}
	contains(t, shownAs(t, r), "dead", "--resume", "step 40 of 100")
}

func TestARunOfAnotherMachine(t *testing.T) {
	d := aRun(t, 3)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(string(d.Layout), "lock"), []byte("process 7 on elsewhere\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := status.FromFiles(d.Layout, now)
	if err != nil || r.Phase != status.Unknown || r.Workers.Active != 2 {
		t.Errorf("%+v %v", r, err)
	}
	contains(t, shownAs(t, r), "process 7 on elsewhere", "cannot be told from this machine")
}

// Older releases left no last word.
func TestAFinishedRunWithoutALastWord(t *testing.T) {
	d := aRun(t, 100)
	err := errors.Join(d.Record(directory.Entry{StageDone: &directory.StageDone{Index: 2, Name: "student"}}),
		os.WriteFile(d.Metrics(), []byte("{}"), 0o600), d.Close())
	if err != nil {
		t.Fatal(err)
	}
	r, err := status.FromFiles(d.Layout, now)
	if err != nil || r.Phase != status.Finished || r.Phase.Broken() || r.Model != d.Model() {
		t.Errorf("%+v %v", r, err)
	}
	contains(t, shownAs(t, r), "finished", "step 100 of 100")
}

// What a coordinator left is believed, but not while another one works on the run.
func TestALastWord(t *testing.T) {
	d := aRun(t, 10)
	last := status.Run{Kind: status.KindRun, Run: "it", Phase: status.Failed, Reason: "training has diverged", AsOf: now}
	err := d.WriteStatus(func(w io.Writer) error { return json.NewEncoder(w).Encode(last) })
	if err != nil {
		t.Fatal(err)
	}
	if r, err := status.FromFiles(d.Layout, now); err != nil || r.Phase != status.Training {
		t.Errorf("%+v %v", r, err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := status.FromFiles(d.Layout, now)
	if err != nil || r.Phase != status.Failed || r.Directory != string(d.Layout) {
		t.Errorf("%+v %v", r, err)
	}
	contains(t, shownAs(t, r), "failed", "training has diverged")
	if err := os.WriteFile(d.StatusFile(), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r, err := status.FromFiles(d.Layout, now); err != nil || r.Phase != status.Dead {
		t.Errorf("a damaged document: %+v %v", r, err)
	}
}

func TestNoRun(t *testing.T) {
	if _, err := status.OfRun(t.Context(), directory.Layout(t.TempDir()), now, ""); !errors.Is(err, directory.ErrNoRun) {
		t.Error(err)
	}
	if _, err := status.OfRun(t.Context(), "nowhere", now, ""); !errors.Is(err, directory.ErrNoRun) {
		t.Error(err)
	}
}

// endpoint answers every request with a text.
func endpoint(t *testing.T, code int, text string) (at string, seen func() string) {
	t.Helper()
	last := make(chan string, 10)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		last <- r.URL.Path + " " + r.Header.Get("Authorization")
		w.WriteHeader(code)
		fmt.Fprint(w, text)
	}))
	t.Cleanup(s.Close)
	return s.URL, func() string { return <-last }
}

func TestTheLiveDocumentComesFirst(t *testing.T) {
	d := aRun(t, 10)
	at, seen := endpoint(t, 200, `{"kind":"run","run":"it","phase":"saving","new_field":1}`)
	if err := d.WriteHTTP(at, "abc"); err != nil {
		t.Fatal(err)
	}
	r, err := status.OfRun(t.Context(), d.Layout, now, "")
	if err != nil || r.Phase != status.Saving {
		t.Errorf("%+v %v", r, err)
	}
	if got := seen(); got != "/status Bearer abc" {
		t.Errorf("asked %q", got)
	}
	// Another run's coordinator has the port now.
	at, _ = endpoint(t, 200, `{"kind":"run","run":"other","phase":"saving"}`)
	if err := d.WriteHTTP(at, ""); err != nil {
		t.Fatal(err)
	}
	if r, err := status.OfRun(t.Context(), d.Layout, now, ""); err != nil || r.Phase != status.Training {
		t.Errorf("%+v %v", r, err)
	}
	// Nobody has it.
	if err := d.WriteHTTP("http://127.0.0.1:1", ""); err != nil {
		t.Fatal(err)
	}
	if r, err := status.OfRun(t.Context(), d.Layout, now, ""); err != nil || r.Phase != status.Training {
		t.Errorf("%+v %v", r, err)
	}
}

func TestFetchNamesWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		code int
		text string
		want error
	}{
		{401, "no", status.ErrNotAdmitted},
		{404, "no", status.ErrNoDocument},
		{307, "no", status.ErrNoDocument},
		{200, "<html>", status.ErrNoDocument},
		{200, "{}", status.ErrNoDocument},
		{200, `{"kind":"run","run":7}`, status.ErrNoDocument},
		{200, `{"kind":"\u001b[2J"}`, status.ErrNoDocument},
	} {
		at, _ := endpoint(t, c.code, c.text)
		_, err := status.Fetch(t.Context(), at, "")
		if !errors.Is(err, c.want) || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%d %s: %v, want %v", c.code, c.text, err, c.want)
		}
	}
	for _, at := range []string{"http://127.0.0.1:1", "nats://h:4222", "http://", "http://[::1", ":"} {
		if _, err := status.Fetch(t.Context(), at, "secret"); !errors.Is(err, status.ErrUnreachable) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", at, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := status.Fetch(ctx, "http://127.0.0.1:1", ""); err == nil {
		t.Error("a request that was called off succeeds")
	}
}

func TestAWorkersDocument(t *testing.T) {
	at, seen := endpoint(t, 200, `{"kind":"worker","worker":"w","phase":"ring","rank":1,"world":2,"stage":"student","step":5,"ready":true}`)
	d, err := status.Fetch(t.Context(), at+"/api/v1/namespaces/x/pods/y:8080/proxy", "")
	if err != nil || d.Run != nil || d.Worker.World != 2 {
		t.Fatal(d, err)
	}
	if got := seen(); got != "/api/v1/namespaces/x/pods/y:8080/proxy/status " {
		t.Errorf("asked %q", got)
	}
	var text strings.Builder
	if err := status.WriteWorker(&text, *d.Worker, 80); err != nil {
		t.Fatal(err)
	}
	contains(t, text.String(), "rank 1 of 2", "student, step 5")
}

// What a process says acts on no terminal.
func TestForeignTextActsOnNoTerminal(t *testing.T) {
	bad := "x\x1b[2J\nforged: line"
	text := shownAs(t, status.Run{
		Run: bad, Method: bad, Phase: status.Phase(bad), Reason: bad, Directory: bad, Process: &status.Process{Host: bad},
		Stage: &status.Stage{Name: bad, Loss: map[string]float64{bad: 1}}, WaitsFor: &status.Wait{For: bad, From: bad, Seconds: 9},
		Workers: status.Workers{Members: []status.Member{{Worker: bad, Host: bad, State: status.State(bad)}}}, Refused: map[string]uint64{bad: 1},
		Checkpoint: &status.Checkpoint{Stage: bad}, Model: bad,
	})
	if strings.Contains(text, "\x1b") || strings.Contains(text, "\nforged") {
		t.Errorf("%q", text)
	}
}
