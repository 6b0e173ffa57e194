package refusals_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ringmaster/refusals"
)

func TestRefusalsAreCountedByKind(t *testing.T) {
	c := refusals.New(nil)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				c.Add(refusals.Forged, "")
				c.Add(refusals.Kind("kind from a message"), "")
			}
		})
	}
	all.Wait()
	for _, kind := range refusals.Kinds {
		want := uint64(0)
		if kind == refusals.Forged || kind == refusals.Other {
			want = 800
		}
		if got := c.Count(kind); got != want {
			t.Errorf("%s: %d, want %d", kind, got, want)
		}
	}
	if c.Count("kind from a message") != 0 {
		t.Error("a kind that is not in the list has a count of its own")
	}
}

// A flood of refusals makes a few lines, each kind its own; the last tells how many there were.
func TestAFloodIsLoggedInAFewLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines []string
		c := refusals.New(func(text string) { lines = append(lines, text) })
		for n := range 10_000 {
			c.Add(refusals.Malformed, fmt.Sprintf("message %d", n))
		}
		if len(lines) != 5 || lines[4] != "refused (malformed, 5 so far): message 4" {
			t.Fatalf("%d lines: %q", len(lines), lines)
		}
		c.Add(refusals.Rate, "from elsewhere")
		if len(lines) != 6 {
			t.Errorf("another kind is not logged: %q", lines)
		}
		time.Sleep(refusals.Pause)
		for range 10 {
			c.Add(refusals.Malformed, "later")
		}
		if len(lines) != 7 || !strings.HasPrefix(lines[6], "refused (malformed, 10001 so far)") {
			t.Errorf("%q", lines)
		}
	})
}

func TestANilCounterCountsNothing(t *testing.T) {
	var c *refusals.Counter
	c.Add(refusals.Other, "text")
	if c.Count(refusals.Other) != 0 {
		t.Error("it counts")
	}
}

// Kinds are values of a label in dashboards and alerts: a change of one breaks them.
func TestKindsAreLabelValues(t *testing.T) {
	want := "credentials permission evicted join forged replayed malformed oversized undealt path rate other"
	var got []string
	for _, kind := range refusals.Kinds {
		got = append(got, string(kind))
	}
	if strings.Join(got, " ") != want {
		t.Errorf("kinds are %q, want %q", got, want)
	}
}
