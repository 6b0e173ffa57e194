package coordinator

import (
	"strings"
	"testing"
	"time"

	"ringmaster/run/protocol"
)

func TestWorkersThatComeBackInVainWaitLongerAndLonger(t *testing.T) {
	var c rejoinBackoff
	now := time.Unix(1000, 0)
	var waits []time.Duration
	for range 10 {
		wait, why := c.wait("worker a")
		if wait > 0 && !strings.Contains(why, "out of memory") {
			t.Errorf("it does not say why: %q", why)
		}
		waits = append(waits, wait)
		now = now.Add(time.Second)
		c.failed("worker a", now, "out of memory")
	}
	s := time.Second
	want := []time.Duration{0, 0, s, 2 * s, 4 * s, 8 * s, 16 * s, 32 * s, 60 * s, 60 * s}
	for i := range want {
		if waits[i] != want[i] {
			t.Fatalf("the waits are %v, want %v", waits, want)
		}
	}
	if wait, _ := c.wait("worker b"); wait != 0 {
		t.Errorf("another waits %s", wait)
	}
	// One that was there all the time says nothing of newcomers.
	c.succeeded("worker a", now.Add(-time.Hour))
	if wait, _ := c.wait("worker a"); wait == 0 {
		t.Error("an older worker's step makes up for newcomers that fail")
	}
	c.succeeded("worker a", now.Add(time.Second))
	if wait, _ := c.wait("worker a"); wait != 0 {
		t.Errorf("it waits %s, though its last one worked", wait)
	}
}

func TestAWorkerWithoutANameIsKnownByItsMachine(t *testing.T) {
	for _, c := range []struct {
		hello protocol.Hello
		want  string
	}{
		{protocol.Hello{Worker: protocol.DefaultName("gpu7", 4242), Host: "gpu7", PID: 4242}, "machine gpu7"},
		{protocol.Hello{Worker: "gpu7-1", Host: "gpu7", PID: 4242}, "worker gpu7-1"},
	} {
		if got := originOf(&c.hello); got != c.want {
			t.Errorf("%s is %q, want %q", c.hello.Worker, got, c.want)
		}
	}
}
