package coordinator

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"ringmaster/coordinator/progress"
	"ringmaster/refusals"
	"ringmaster/run/credentials"
	"ringmaster/run/directory"
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

// The coordinator that goes on with a run knows whom the one before it has excluded, as long as the run has the same
// credentials. With others, the old ones let nobody in.
func TestAnExcludedWorkerIsShutOutByTheNextCoordinator(t *testing.T) {
	b := newTestRun(t, "train.steps=50000", "checkpoint.every=5000")
	b.more = func(o *Options) { o.KeepWorkers = true } // with which the seed is kept
	b.start(1, false)
	liar := b.startLiar("evil", func(h *fakeWorker, o protocol.Order) bool {
		if o.Ring == nil {
			return false
		}
		if err := h.report(protocol.Report{RingReady: &protocol.RingReady{Generation: 1 << 40}}); err != nil {
			t.Log(err)
		}
		return true
	})
	<-liar.ended
	b.stopped()
	old := b.control()
	b.start(1, true)
	b.awaitText("waiting for 1 workers")
	before := b.counted(refusals.Evicted)
	if _, err := b.insider(liar.identity); !errors.Is(err, nats.ErrAuthorization) {
		t.Errorf("it is let in by the next coordinator: %v", err)
	}
	b.await("its refusal", func() bool { return b.counted(refusals.Evicted) > before })
	b.startWorker("good", nil)
	b.await("steps of another", func() bool { return b.steps() > 5 })
	b.stopped()
	if err := os.Remove(directory.Layout(b.path).ControlFile()); err != nil {
		t.Fatal(err)
	}
	b.start(1, true)
	renewed := b.control()
	if renewed.Seed == old.Seed {
		t.Fatal("the run has the same credentials")
	}
	if _, err := b.insider(liar.identity); err != nil {
		t.Errorf("with new credentials it is refused: %v", err)
	}
	authority, err := credentials.ParseSeed(old.Seed)
	if err != nil {
		t.Fatal(err)
	}
	if nc, err := nats.Connect("nats://"+renewed.Address, newIdentity(t).Options(authority.Token())...); err == nil {
		nc.Close()
		t.Error("the old token lets somebody in")
	}
	b.stopped()
}

// The address that nobody may join from is kept, too; what cannot be read of the file bars nobody, and is told.
func TestEvictionsAreKept(t *testing.T) {
	b := newTestRun(t)
	d, err := directory.Create(b.path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	a := credentials.New()
	for _, e := range []directory.Evicted{
		{Worker: "a", Identity: "A", Host: "192.0.2.7", Why: "ranks hold different parameters", Authority: a.ID()},
		{Worker: "b", Identity: "B", Why: "its links failed", Authority: a.ID()},
		{Worker: "c", Identity: "C", Host: "192.0.2.9", Why: "lies", Authority: credentials.New().ID()},
	} {
		if err := d.AddEvicted(e); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.OpenFile(d.EvictedFile(), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString("{not a line}\n{\"worker\": \"torn")
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	m, said := newTestMembership(), &shownText{}
	m.dir, m.opts.Report = d, progress.New(said, progress.Options{Now: time.Now})
	if err := m.recall(&connection{authority: a}); err != nil {
		t.Fatal(err)
	}
	if len(m.evictions.identities) != 2 || len(m.evictions.hosts) != 1 || m.evictions.hosts["192.0.2.7"] == nil || m.evictions.identities["B"] == nil {
		t.Errorf("barred are %v", m.evictions)
	}
	if !strings.Contains(said.String(), "lines that cannot be read (1)") {
		t.Errorf("of the damaged line it says %q", said)
	}
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
