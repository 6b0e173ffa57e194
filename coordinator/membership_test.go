package coordinator

import (
	"errors"
	"io"
	"testing"
	"time"

	"ringmaster/config"
	"ringmaster/coordinator/core"
	"ringmaster/coordinator/job"
	"ringmaster/coordinator/progress"
	"ringmaster/run/protocol"
)

func newTestMembership() *membership {
	s := &setup{
		job:  &job.Job{Run: &config.Run{Cluster: config.Cluster{Topology: config.Broker}}},
		opts: Options{Report: progress.New(io.Discard, progress.Options{Now: time.Now})},
	}
	return newMembership(s, newGateway("it", nil))
}

// joins has a new process of a worker join, and says for how long it has to wait.
func (m *membership) joins(name, life string, at time.Time, local bool) time.Duration {
	hello := &protocol.Hello{Worker: name, Host: "there", PID: 7, Life: life, Identity: life}
	until, _ := m.arrived(hello, at, local)
	m.workers[core.WorkerID(name)] = hello
	if until.IsZero() {
		return 0
	}
	return until.Sub(at)
}

// A worker whose processes end before doing any work waits as a spare; one that worked, was
// asked to go, or was started by this program does not, nor a process that joins again.
func TestWhoHasToWaitBeforeItJoins(t *testing.T) {
	lost := errors.New("lost")
	for _, c := range []struct {
		name  string
		local bool
		ends  func(m *membership)
		want  bool
	}{
		{"did nothing", false, func(m *membership) { m.lost("a", lost) }, true},
		{"worked", false, func(m *membership) { m.worked([]core.WorkerID{"a"}); m.lost("a", lost) }, false},
		{"was released", false, func(m *membership) {
			if err := m.release(core.Release{Worker: "a"}); err != nil {
				t.Error(err)
			}
			m.lost("a", lost)
		}, false},
		{"was started here", true, func(m *membership) { m.lost("a", lost) }, false},
	} {
		m := newTestMembership()
		for _, life := range []string{"1", "2"} {
			if wait := m.joins("a", life, time.Now(), c.local); wait != 0 {
				t.Errorf("%s: process %s waits %s", c.name, life, wait)
			}
			c.ends(m)
			if m.workers["a"] != nil {
				t.Errorf("%s: it is a member still", c.name)
			}
		}
		wait := m.joins("a", "3", time.Now(), c.local)
		if (wait > 0) != c.want {
			t.Errorf("%s: the third process waits %s", c.name, wait)
		}
		if again := m.joins("a", "3", time.Now(), c.local); again != 0 {
			t.Errorf("%s: a process that was here before waits %s", c.name, again)
		}
	}
}

// The process that was evicted is known by its life; another of the same name is not evicted.
func TestAnEvictedProcessIsRemembered(t *testing.T) {
	m := newTestMembership()
	m.joins("a", "first", time.Now(), false)
	cause := errors.New("its hash differs")
	if err := m.evict(core.Evict{Worker: "a", Cause: cause}); err != nil {
		t.Fatal(err)
	}
	if m.workers["a"] != nil || !errors.Is(m.evictions.identities["first"], cause) || m.evictions.identities["second"] != nil {
		t.Errorf("members %v, evicted %v", m.workers, m.evictions)
	}
	m.job.Run.Cluster.Topology = config.Mesh
	m.joins("b", "third", time.Now(), false)
	if err := m.evict(core.Evict{Worker: "b", Cause: core.ErrRingLinks}); err != nil {
		t.Fatal(err)
	}
	if got := m.evictions.identities["third"].Error(); !errors.Is(m.evictions.identities["third"], core.ErrRingLinks) || got == core.ErrRingLinks.Error() {
		t.Errorf("it does not say what to do about its links: %s", got)
	}
}
