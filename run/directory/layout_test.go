package directory_test

import (
	"regexp"
	"strings"
	"testing"

	"ringmaster/run/directory"
)

// Whatever a person calls the directory, its token fits a NATS subject and the ring.
func TestTokenIsOneWord(t *testing.T) {
	word := regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	for _, path := range []string{"runs/a.b", "my run", "übung.*>", ".", "..", "/", "x/", strings.Repeat("long", 40)} {
		if got := directory.Layout(path).Token(); !word.MatchString(got) {
			t.Errorf("%q has the token %q", path, got)
		}
	}
	if got := directory.Layout("runs/20261123-sample.v2").Token(); got != "20261123-sample-v2" {
		t.Errorf("token %q", got)
	}
}
