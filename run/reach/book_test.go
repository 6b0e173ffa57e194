package reach

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// network is a network that the test plays: who reaches whom, and at which of the other's URLs.
type network struct {
	t    *testing.T
	book *Book
	now  time.Time
	way  map[[2]string]int // from, to → place in the offer; absent is 0, −1 is none
}

func newNet(t *testing.T) *network {
	return &network{t: t, book: NewBook(), now: time.Unix(1000, 0), way: map[[2]string]int{}}
}

// offer is a worker's: two URLs with a secret.
func offer(worker string) Offer {
	return Offer{Server: "id-" + worker, URLs: []string{"nats://secret@10.0.0.1:29500", "nats://secret@" + worker + ":29500"}}
}

func (n *network) find(from string, q Question) Finding {
	f := Finding{Server: q.Offer.Server, Best: n.way[[2]string{from, q.Worker}]}
	for i := range q.Offer.URLs {
		outcome := Silent
		if i == f.Best {
			outcome = Reached
		}
		f.Outcomes = append(f.Outcomes, outcome)
	}
	return f
}

// join has a worker ask until it is in, or refused, or so much time has passed. It returns the
// last verdict, and how often a person was told that it waits.
func (n *network) join(worker string, atMost time.Duration) (v Verdict, told int) {
	n.t.Helper()
	var findings []Finding
	for end := n.now.Add(atMost); !n.now.After(end); n.now = n.now.Add(100 * time.Millisecond) {
		v = n.book.Ask(n.now, Newcomer{Worker: worker, Host: "host-" + worker, Offer: offer(worker), Findings: findings})
		if v.News {
			told++
		}
		if v.Admitted || v.Refused != "" {
			return v, told
		}
		findings = nil
		for _, q := range v.Questions {
			findings = append(findings, n.find(worker, q))
		}
		for member, q := range v.Asked {
			n.book.Found(n.now, member, n.find(member, q))
		}
	}
	return v, told
}

func (n *network) admits(workers ...string) {
	n.t.Helper()
	for _, w := range workers {
		if v, told := n.join(w, time.Second); !v.Admitted || told > 0 {
			n.t.Fatalf("%s is not admitted at once: %+v", w, v)
		}
	}
}

func TestEveryPairHasItsOwnWay(t *testing.T) {
	n := newNet(t)
	n.way[[2]string{"b", "a"}] = 1
	n.way[[2]string{"c", "b"}] = 1
	n.admits("a", "b", "c")
	for _, c := range []struct {
		from, to string
		place    int
	}{{"a", "b", 0}, {"b", "a", 1}, {"c", "b", 1}, {"b", "c", 0}, {"a", "c", 0}} {
		if got, want := n.book.URL(c.from, c.to), offer(c.to).URLs[c.place]; got != want {
			t.Errorf("%s reaches %s at %s, want %s", c.from, c.to, got, want)
		}
	}
}

// Either way may be the closed one: the newcomer's to a member, or a member's to the newcomer.
func TestOneWayAloneIsRefusedWithASentence(t *testing.T) {
	for _, c := range []struct{ from, to string }{{"b", "a"}, {"a", "b"}} {
		n := newNet(t)
		n.way[[2]string{c.from, c.to}] = -1
		n.admits("a")
		began := n.now
		v, told := n.join("b", time.Minute)
		took := n.now.Sub(began)
		if v.Admitted || v.Refused == "" || took < Patience || took > Patience+2*time.Second {
			t.Fatalf("%s to %s closed: after %s %+v", c.from, c.to, took, v)
		}
		if told != 1 {
			t.Errorf("told %d times that it waits", told)
		}
		for _, want := range []string{
			fmt.Sprintf("worker %s on host-%s does not reach the ring server of worker %s on host-%s", c.from, c.from, c.to, c.to),
			"10.0.0.1:29500 (no answer)", c.to + ":29500 (no answer)", "TCP port 29500 of host-" + c.to, "cluster.ring_address", "cluster.ring_port", "broker",
		} {
			if !strings.Contains(v.Refused, want) {
				t.Errorf("the sentence lacks %q: %s", want, v.Refused)
			}
		}
		if strings.Contains(v.Refused, "secret") {
			t.Errorf("the sentence holds a secret: %s", v.Refused)
		}
		n.admits("d") // which has nothing to do with it
	}
}

func TestAMemberThatDiesIsNoReasonToRefuse(t *testing.T) {
	n := newNet(t)
	n.admits("a", "c")
	n.way[[2]string{"b", "a"}], n.way[[2]string{"a", "b"}] = -1, -1
	if v, _ := n.join("b", Patience/2); v.Admitted || v.Refused != "" || v.Waiting == "" {
		t.Fatalf("%+v", v)
	}
	n.book.Gone("a")
	n.admits("b")
}

func TestAWayThatOpensIsFound(t *testing.T) {
	n := newNet(t)
	n.way[[2]string{"a", "b"}] = -1
	n.admits("a")
	if v, told := n.join("b", Patience/2); v.Waiting == "" || told != 1 {
		t.Fatalf("told %d times: %+v", told, v)
	}
	n.way[[2]string{"a", "b"}] = 1
	if v, _ := n.join("b", 2*Again); !v.Admitted {
		t.Fatalf("%+v", v)
	}
	if got := n.book.URL("a", "b"); got != offer("b").URLs[1] {
		t.Errorf("reached at %s", got)
	}
}

// Two that ask at once do not know each other when they are asked first.
func TestTwoAtOnceAreProvedAgainstEachOther(t *testing.T) {
	n := newNet(t)
	n.way[[2]string{"b", "c"}] = -1
	n.admits("a")
	ask := func(w string, f ...Finding) Verdict {
		return n.book.Ask(n.now, Newcomer{Worker: w, Host: w, Offer: offer(w), Findings: f})
	}
	b, c := ask("b"), ask("c")
	if len(b.Questions) != 1 || len(c.Questions) != 1 {
		t.Fatalf("asked %v and %v", b.Questions, c.Questions)
	}
	for _, w := range []string{"b", "c"} {
		n.book.Found(n.now, "a", n.find("a", Question{w, offer(w)}))
	}
	if b = ask("b", n.find("b", b.Questions[0])); !b.Admitted {
		t.Fatalf("%+v", b)
	}
	if c = ask("c", n.find("c", c.Questions[0])); c.Admitted || len(c.Questions) != 1 || c.Questions[0].Worker != "b" || c.Asked["b"].Worker != "c" {
		t.Fatalf("admitted without a proof against b: %+v", c)
	}
}

func TestAnotherProcessOfTheNameIsProvedAnew(t *testing.T) {
	n := newNet(t)
	n.admits("a", "b")
	n.book.Gone("b")
	v := n.book.Ask(n.now, Newcomer{Worker: "b", Host: "h", Offer: Offer{Server: "id-new", URLs: []string{"nats://x@h:1"}}})
	if v.Admitted || len(v.Questions) != 1 || v.Asked["a"].Offer.Server != "id-new" {
		t.Errorf("%+v", v)
	}
}

func TestLiesAndFloodsAreBounded(t *testing.T) {
	n := newNet(t)
	n.admits("a")
	for i := range 10_000 {
		w := fmt.Sprint("x", i)
		v := n.book.Ask(n.now, Newcomer{Worker: w, Host: w, Offer: offer(w), Findings: []Finding{{Server: "id-a", Best: 7}, {Server: "id-none"}}})
		if v.Admitted {
			t.Fatal("a finding that fits no question admits")
		}
	}
	if len(n.book.asking) > maxAsking || len(n.book.members[0].found) > maxAsking {
		t.Errorf("%d ask, a member keeps %d", len(n.book.asking), len(n.book.members[0].found))
	}
	n.now = n.now.Add(forgotten)
	n.admits("b")
	if len(n.book.asking) != 0 || len(n.book.members[0].found) != 1 {
		t.Errorf("%d ask still, a member keeps %d", len(n.book.asking), len(n.book.members[0].found))
	}
}

func TestSoundOffers(t *testing.T) {
	for _, o := range []Offer{{}, {URLs: []string{""}}, {URLs: []string{strings.Repeat("x", maxURLBytes+1)}},
		{URLs: slices.Repeat([]string{"nats://x@h:1"}, maxURLs+1)}, {Server: strings.Repeat("x", maxURLBytes+1), URLs: []string{"nats://x@h:1"}}} {
		if o.Sound() {
			t.Errorf("%.60v is taken", o)
		}
	}
	if !offer("a").Sound() {
		t.Error("a worker's offer is not taken")
	}
}

func TestASentenceNamesSoManyAddressesOnly(t *testing.T) {
	to := &entry{worker: "b", host: "hb", offer: Offer{URLs: []string{"nats://s@[fd00::1]:7", "nats://s@10.0.0.1:7", "nats://s@h:8", "nats://s@i:8"}}}
	p := pair{&entry{worker: "a", host: "ha"}, to, Finding{Best: -1, Outcomes: []Outcome{Refused, NoRoute, Stranger, "nonsense\x1b"}}}
	got := sentence([]pair{p, p, p})
	want := "worker a on ha does not reach the ring server of worker b on hb at [fd00::1]:7 (connection refused), 10.0.0.1:7 (no route there, or a firewall rejects it), h:8 (another server answers) and 1 more address (and 2 more such pairs); let ha connect to TCP port 7, 8 of hb"
	if !strings.HasPrefix(got, want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// What a newcomer found just now is told, and not what it found before.
func TestMembersThatANewcomerDoesNotReachAreTold(t *testing.T) {
	n := newNet(t)
	n.way[[2]string{"c", "b"}] = -1
	n.admits("a", "b")
	ask := func(f ...Finding) Verdict {
		return n.book.Ask(n.now, Newcomer{Worker: "c", Host: "h", Offer: offer("c"), Findings: f})
	}
	var findings []Finding
	for _, q := range ask().Questions {
		findings = append(findings, n.find("c", q))
	}
	if v := ask(findings...); !slices.Equal(v.Unreached, []string{"b"}) {
		t.Errorf("told of %v", v.Unreached)
	}
	if v := ask(); len(v.Unreached) != 0 || v.Waiting == "" {
		t.Errorf("told of %v; waiting: %q", v.Unreached, v.Waiting)
	}
}

// brokerOffer is a worker's where rings go over a broker: its URL, and what became of connecting to it.
func brokerOffer(worker string, o Outcome) Offer {
	return Offer{Server: "id-" + worker, URLs: []string{"nats://secret@broker:4222"}, Broker: o}
}

// askAt has a worker ask once at a broker, with what it found when it was asked the time before.
func (n *network) askAt(worker string, o Outcome, findings ...Finding) Verdict {
	return n.book.Ask(n.now, Newcomer{Worker: worker, Host: "host-" + worker, Offer: brokerOffer(worker, o), Findings: findings})
}

// Even the first worker is not taken in before it reaches the broker: the next would be refused for it.
func TestAWorkerWithoutTheBrokerIsRefusedWithASentence(t *testing.T) {
	for outcome, why := range map[Outcome]string{
		Refused: "(connection refused); let host-a connect there", Silent: "(no answer)", Barred: "(the server refuses the token, or the user and password); give cluster.broker",
	} {
		n := newNet(t)
		var v Verdict
		for began := n.now; v.Refused == ""; n.now = n.now.Add(100 * time.Millisecond) {
			if v = n.askAt("a", outcome); v.Admitted || v.Waiting == "" && v.Refused == "" || n.now.Sub(began) > Patience {
				t.Fatalf("after %s: %+v", n.now.Sub(began), v)
			}
		}
		if want := "worker a on host-a does not reach the ring's broker at broker:4222 " + why; !strings.HasPrefix(v.Refused, want) || strings.Contains(v.Refused, "secret") {
			t.Errorf("got  %s\nwant %s", v.Refused, want)
		}
		if v := n.askAt("b", Reached); !v.Admitted {
			t.Errorf("another is kept out: %+v", v)
		}
	}
}

func TestABrokerThatComesBackAdmits(t *testing.T) {
	n := newNet(t)
	for range 100 {
		if v := n.askAt("a", Refused); v.Admitted || v.Refused != "" {
			t.Fatalf("%+v", v)
		}
		n.now = n.now.Add(Patience / 200)
	}
	if v := n.askAt("a", Reached); !v.Admitted {
		t.Errorf("%+v", v)
	}
}

// Both reach a server by the URL, and each another one.
func TestTwoThatAreAtDifferentBrokersAreNamed(t *testing.T) {
	n := newNet(t)
	if v := n.askAt("a", Reached); !v.Admitted {
		t.Fatalf("%+v", v)
	}
	apart := func(server string) Finding { return Finding{Server: server, Best: -1, Outcomes: []Outcome{Apart}} }
	var v Verdict
	for began := n.now; v.Refused == "" && n.now.Sub(began) < time.Minute; n.now = n.now.Add(100 * time.Millisecond) {
		var findings []Finding
		for _, q := range v.Questions {
			findings = append(findings, apart(q.Offer.Server))
		}
		for member := range v.Asked {
			n.book.Found(n.now, member, apart("id-b"))
		}
		v = n.askAt("b", Reached, findings...)
	}
	want := "worker b on host-b and worker a on host-a do not reach each other at the ring's broker, broker:4222 (a server answers, but the other worker is not at it) (and 1 more such pair); the URL must lead to the same server"
	if !strings.HasPrefix(v.Refused, want) {
		t.Errorf("got  %s\nwant %s", v.Refused, want)
	}
}
