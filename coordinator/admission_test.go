package coordinator

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ringmaster/config"
	"ringmaster/coordinator/core"
	"ringmaster/run/protocol"
	"ringmaster/run/reach"
)

const forged = "h\nworker root joined from trusted (process 1)\n\x1b[31m"

// Whatever a worker says of itself, and whether it is refused for it or not, makes one line
// that a terminal only shows.
func TestWhatAWorkerSaysOfItselfIsOneLine(t *testing.T) {
	long := strings.Repeat("H", 100_000)
	for _, h := range []protocol.Hello{
		{Worker: "anna", Host: forged}, {Worker: "evil\x1b[2J\x1b]0;owned\x07", Host: forged}, {Worker: "a b", Host: long}, {Worker: long, Host: forged},
		{Worker: "anna", Host: forged, RingURL: long}, {Worker: "uni\u202ecode", Host: "\u202e"},
	} {
		h.Life = "l"
		err := cleaned(&h)
		said := h.Worker + h.Host
		if err != nil {
			said += err.Error()
		}
		if strings.ContainsAny(said, "\n\x1b\x07\u202e") || len(said) > 600 {
			t.Errorf("it is shown as %.300q, %d bytes", said, len(said))
		}
		if (err == nil) != (h.Worker == "anna" && h.RingURL == "") {
			t.Errorf("%.40q: %v", h.Worker, err)
		}
	}
}

func TestReasonsAreOneLine(t *testing.T) {
	for _, r := range []protocol.Report{
		{Failed: &protocol.Failed{Reason: forged}}, {Broken: &protocol.Broken{Reason: forged}}, {Leaving: &protocol.Leaving{Reason: forged}},
		{ShardDone: &protocol.ShardDone{Error: forged}}, {StepDone: &protocol.StepDone{NotFinite: &protocol.NotFinite{Reason: forged}}},
	} {
		cleanReasons(&r)
		var reason string
		switch {
		case r.Failed != nil:
			reason = r.Failed.Reason
		case r.Broken != nil:
			reason = r.Broken.Reason
		case r.Leaving != nil:
			reason = r.Leaving.Reason
		case r.ShardDone != nil:
			reason = r.ShardDone.Error
		default:
			reason = r.StepDone.NotFinite.Reason
		}
		if want := `h; worker root joined from trusted (process 1); \x1b[31m`; reason != want {
			t.Errorf("%q, want %q", reason, want)
		}
	}
}

// A worker that is started again and again, or ten thousand strangers, do not fill the screen.
func TestRefusalsAreSaidOnceAndNotWithoutEnd(t *testing.T) {
	var r shownRefusals
	now := time.Unix(1000, 0)
	count := map[int]int{}
	for range 100 {
		count[r.next(now, "the same")]++
	}
	if count[said] != 1 || count[known] != 99 {
		t.Errorf("the same is said %d times", count[said])
	}
	for i := range 10_000 {
		count[r.next(now, fmt.Sprint(i))]++
	}
	if count[said] != refusalsSaid || count[tooMany] != 1 {
		t.Errorf("%d are said, and %d times that there are more", count[said], count[tooMany])
	}
	if got := r.next(now.Add(refusedAgain+time.Second), "the same"); got != said {
		t.Error("it is not said again later")
	}
}

// The core hears which members a worker does not reach that asks to join: one that has died
// keeps it off.
func TestTheCoreHearsWhomANewcomerDoesNotReach(t *testing.T) {
	m := newTestMembership()
	m.job.Run.Cluster.Topology = config.Mesh
	m.gateway.ring = ringServer(m.job.Run.Cluster, &connection{})
	ask := func(worker string, findings ...reach.Finding) (protocol.Welcome, bool, []core.Event) {
		t.Helper()
		var answered protocol.Welcome
		hello := &protocol.Hello{Worker: worker, Host: "there", Offer: &reach.Offer{Server: worker, URLs: []string{"nats://x@h:1"}}, Findings: findings}
		admitted, unreached, err := m.reachable(message{worker: core.WorkerID(worker), hello: hello, answer: func(w protocol.Welcome) { answered = w }})
		if err != nil {
			t.Fatal(err)
		}
		return answered, admitted, unreached
	}
	if _, admitted, unreached := ask("a"); !admitted || len(unreached) > 0 {
		t.Fatalf("the first is admitted: %t; it does not reach %v", admitted, unreached)
	}
	if w, admitted, unreached := ask("b"); admitted || len(w.Questions) != 1 || len(unreached) > 0 {
		t.Fatalf("before it is asked: %+v, %v", w, unreached)
	}
	_, admitted, unreached := ask("b", reach.Finding{Server: "a", Best: -1, Outcomes: []reach.Outcome{reach.Refused}})
	if admitted || len(unreached) != 1 || unreached[0].(core.Unreached).Worker != "a" {
		t.Errorf("admitted: %t; it does not reach %v", admitted, unreached)
	}
}
