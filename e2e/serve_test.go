package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"math"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// servedLabel is one of the labels that examples/serve.py answers with.
type servedLabel struct {
	Label string
	Score float64
	Given *bool
}

// serve starts examples/serve.py on a free port, until the test ends, and returns its address.
func serve(t *testing.T, python, model string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), python, "../examples/serve.py", model, "--port", "0")
	c.Env = append(os.Environ(), "HF_HUB_OFFLINE=1")
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill() // it serves until it is ended
		_ = c.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	_, at, found := strings.Cut(strings.TrimSpace(line), " at ")
	if err != nil || !found {
		t.Fatalf("%s says %q (%v)\n%s", model, line, err, &stderr)
	}
	return at
}

// ask posts a request, and reads the answer where it is one.
func ask(t *testing.T, at string, request any, answer any) (status int) {
	t.Helper()
	body, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	got, err := http.Post(at, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	if answer == nil {
		return got.StatusCode
	}
	if got.StatusCode != http.StatusOK {
		t.Fatalf("%s answers %s", body, got.Status)
	}
	if err := json.NewDecoder(got.Body).Decode(answer); err != nil {
		t.Fatal(err)
	}
	return got.StatusCode
}

// compareServed holds labels and scores to what predict says of the text.
func compareServed(t *testing.T, model, text string, served []servedLabel, predicted kindAnswer) {
	t.Helper()
	want := predicted.Probabilities
	if len(want) == 0 { // a value
		if len(served) != 1 || math.Abs(served[0].Score-predicted.Value) > 1e-3*math.Max(1, math.Abs(predicted.Value)) {
			t.Errorf("%s: %q is served %v, predict says %v", model, text, served, predicted.Value)
		}
		return
	}
	if len(served) != len(want) || predicted.Label != "" && served[0].Label != predicted.Label {
		t.Errorf("%s: %q is served %v, predict says %+v", model, text, served, predicted)
	}
	for _, label := range served {
		if math.Abs(label.Score-want[label.Label]) > 1e-3 {
			t.Errorf("%s: %q: %s is served %v, predict says %v", model, text, label.Label, label.Score, want[label.Label])
		}
		if given := slices.Contains(predicted.Labels, label.Label); (predicted.Threshold > 0) != (label.Given != nil) || label.Given != nil && *label.Given != given {
			t.Errorf("%s: %q: %s is given: %v, predict gives %v", model, text, label.Label, label.Given, predicted.Labels)
		}
	}
}
