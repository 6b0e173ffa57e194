package coordinator

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"ringmaster/refusals"
	"ringmaster/run/credentials"
	"ringmaster/run/protocol"
)

// insider connects to a run's server with the run's token, and remembers what it is refused.
type insider struct {
	*nats.Conn
	id string

	mu      sync.Mutex
	refused []string
}

func (b *testRun) insider(i *credentials.Identity) (*insider, error) {
	b.t.Helper()
	control := b.control()
	authority, err := credentials.ParseSeed(control.Seed)
	if err != nil {
		b.t.Fatal(err)
	}
	in := &insider{id: i.ID()}
	in.Conn, err = nats.Connect("nats://"+control.Address, append(i.Options(authority.Token()), nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
		in.mu.Lock()
		defer in.mu.Unlock()
		in.refused = append(in.refused, err.Error())
	}))...)
	if err == nil {
		b.t.Cleanup(in.Close)
	}
	return in, err
}

func newIdentity(t *testing.T) *credentials.Identity {
	t.Helper()
	i, err := credentials.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// stopped ends a run that is under way, which must have taken no harm.
func (b *testRun) stopped() {
	b.t.Helper()
	b.stop()
	if err := b.end(late); !errors.Is(err, ErrStopped) {
		b.t.Fatalf("%v\n%s", err, b.screen)
	}
	b.passes()
}

// counted is how many refusals of a kind the log tells of.
func (b *testRun) counted(kind refusals.Kind) int {
	return strings.Count(b.log.String(), fmt.Sprintf("refused (%s, ", kind))
}

// flush waits until the server has taken what was sent.
func (in *insider) flush(t *testing.T) {
	t.Helper()
	if err := in.FlushTimeout(late); err != nil {
		t.Fatal(err)
	}
}

// refusals waits until the server has refused so many tries, and says whether it has.
func (in *insider) refusals(t *testing.T, tries int) bool {
	t.Helper()
	in.flush(t)
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) { // between two looks
		in.mu.Lock()
		n := len(in.refused)
		in.mu.Unlock()
		if n >= tries {
			return true
		}
	}
	return false
}

// Who has the run's token may use its own subjects only: it hears nobody else, speaks for nobody else,
// and gives no orders. Each try is counted, and the run goes on.
func TestAnInsiderMayUseItsOwnSubjectsAlone(t *testing.T) {
	b := newTestRun(t, "train.steps=50000", "checkpoint.every=5000")
	b.start(2, false)
	victim := b.startWorker("a", nil)
	b.startWorker("b", nil)
	in, err := b.insider(newIdentity(t))
	if err != nil {
		t.Fatal(err)
	}
	other, run := victim.identity.ID(), "it"
	heard := make(chan *nats.Msg, 1000)
	tries := 0
	for _, subject := range []string{
		">", "_INBOX.>", credentials.Inbox(other) + ".>", "ringmaster.>", protocol.PollSubject(run, other, protocol.Any),
		protocol.WorkerFilesSubject(run, other), protocol.StateSubject(run, other, protocol.Any), protocol.FilesSubject(run, protocol.Any),
		"rm.>", "rm.it.1.0.data", "$SYS.>",
	} {
		if _, err := in.ChanSubscribe(subject, heard); err != nil {
			t.Fatal(err)
		}
		if tries++; !in.refusals(t, tries) {
			t.Errorf("it may subscribe to %s", subject)
		}
	}
	for _, subject := range []string{
		credentials.Inbox(other) + ".x.y", protocol.PollSubject(run, other, "a"), protocol.ReportSubject(run, other, "a"), protocol.JoinSubject(run, other),
		protocol.DiscoverSubject(other), protocol.WorkerFilesSubject(run, other), "rm.it.1.0.data", protocol.PresenceSubject(run), protocol.FilesSubject(run, other),
	} {
		if err := in.Publish(subject, []byte("{}")); err != nil {
			t.Fatal(err)
		}
		if tries++; !in.refusals(t, tries) {
			t.Errorf("it may publish to %s", subject)
		}
	}
	b.await("the count of refusals", func() bool { return b.counted(refusals.Permission) == 5 }) // more are counted, and not logged
	b.stopped()
	if len(heard) > 0 {
		t.Errorf("it has heard %d messages, as of %s", len(heard), (<-heard).Subject)
	}
}

// A request counts once, only as its sender has signed it, and is answered to its sender alone.
func TestForgedAndRepeatedRequestsAreRefused(t *testing.T) {
	b := newTestRun(t, "train.steps=50000", "checkpoint.every=5000")
	b.start(1, false)
	victim := b.startWorker("a", nil)
	b.awaitText("worker a joined")
	mine := newIdentity(t)
	in, err := b.insider(mine)
	if err != nil {
		t.Fatal(err)
	}
	var count credentials.Counter
	request := func(sign *credentials.Identity, subject, reply string) *nats.Msg {
		m := &nats.Msg{Subject: subject, Data: []byte(`{"session":"x"}`)}
		if _, err := sign.Request(m, &count); err != nil {
			t.Fatal(err)
		}
		m.Reply = reply
		return m
	}
	subject := protocol.PollSubject("it", in.id, "a")
	for _, c := range []struct {
		name string
		m    *nats.Msg
		kind refusals.Kind
	}{
		{"not signed", &nats.Msg{Subject: subject, Data: []byte("{}")}, refusals.Forged},
		{"signed by another", request(victim.identity, subject, ""), refusals.Forged},
		{"to be answered to the victim", request(mine, subject, credentials.Inbox(victim.identity.ID())+".x.y"), refusals.Forged},
		{"to be answered to the coordinator", request(mine, subject, protocol.PollSubject("it", victim.identity.ID(), "a")), refusals.Forged},
		{"for the victim's session", request(mine, subject, ""), refusals.Replayed},
	} {
		before := b.counted(c.kind)
		if err := in.PublishMsg(c.m); err != nil {
			t.Fatal(err)
		}
		in.flush(t)
		b.await("a refusal of what is "+c.name, func() bool { return b.counted(c.kind) > before })
	}
	b.stopped()
}

// A worker that was excluded is shut out: its connection ends, and its identity opens no other.
func TestAnExcludedWorkerIsShutOut(t *testing.T) {
	b := newTestRun(t, "train.steps=50000", "checkpoint.every=5000")
	b.start(1, false)
	lied := false
	liar := b.startLiar("evil", func(h *fakeWorker, o protocol.Order) bool {
		if lied || o.Ring == nil {
			return lied
		}
		lied = true
		if err := h.report(protocol.Report{RingReady: &protocol.RingReady{Generation: 1 << 40}}); err != nil {
			t.Log(err)
		}
		return true
	})
	<-liar.ended
	b.await("the end of its connection", func() bool { return !liar.nc.IsConnected() })
	if _, err := b.insider(liar.identity); err == nil {
		t.Error("its identity is let in again")
	}
	b.startWorker("good", nil)
	b.await("steps of another", func() bool { return b.steps() > 5 })
	b.stopped()
}

// The name of a worker that lives is not to be had: a process that claims it waits, and the run goes on.
func TestTheNameOfALiveWorkerIsNotToBeHad(t *testing.T) {
	b := newTestRun(t, "train.steps=50000", "checkpoint.every=5000")
	b.start(1, false)
	b.startWorker("a", nil)
	b.awaitText("worker a joined")
	claimant := b.startWorker("a", nil)
	select {
	case <-claimant.ended:
		t.Error("the claimant has ended")
	case <-time.After(3 * takeoverSilence): // it asks all the time
	}
	if claimant.session != "" {
		t.Error("it has taken the name of a worker that lives")
	}
	claimant.kill()
	b.stopped()
}
