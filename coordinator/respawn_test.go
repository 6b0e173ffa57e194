package coordinator

import (
	"testing"
	"time"
)

func TestAWorkerThatDoesNothingIsStartedLessAndLessOftenAndThenNoMore(t *testing.T) {
	var r respawnBackoff
	var waited time.Duration
	for n := 1; ; n++ {
		pause, again := r.ended(0, false)
		if !again {
			if n != maxFailedStarts || r.givenUp() != 1 {
				t.Errorf("given up after %d, with %d places given up; want %d and 1", n, r.givenUp(), maxFailedStarts)
			}
			break
		}
		if pause < waited && n > 2 {
			t.Errorf("pause %d is %s, shorter than %s before it", n, pause, waited)
		}
		waited = pause
	}
	if waited != 2*time.Second {
		t.Errorf("the last pause is %s, want 2s", waited)
	}
	if pause, again := r.ended(1, false); pause != 0 || !again {
		t.Errorf("another place waits %s (again: %v) for what this one did", pause, again)
	}
}

func TestAWorkerThatDidSomethingIsStartedAgainAtOnce(t *testing.T) {
	var r respawnBackoff
	for range 100 {
		for range maxFailedStarts - 1 {
			if _, again := r.ended(0, false); !again {
				t.Fatal("given up too early: something was done before")
			}
		}
		if pause, again := r.ended(0, true); pause != 0 || !again {
			t.Fatalf("pause %s, again %v", pause, again)
		}
	}
}
