package reach

import (
	"slices"
	"time"
)

// Offer is where a worker's ring server may be found.
type Offer struct {
	Server string `json:"server"` // its ID
	// URLs say where; the best comes first. None admits to the server by itself.
	URLs []string `json:"urls"`
	// Broker is what became of connecting to the server that the ring goes over, where all
	// workers share one (URLs then has its URL); empty in a mesh.
	Broker Outcome `json:"broker,omitempty"`
	// Identity is whose server it is, for which its certificate was made. The coordinator sets it.
	Identity string `json:"identity,omitempty"`
}

// Limits of an offer: it is another program's.
const (
	maxURLs     = 32
	maxURLBytes = 512
)

// Sound says whether an offer is one that a worker makes.
func (o Offer) Sound() bool {
	return len(o.URLs) > 0 && len(o.URLs) <= maxURLs && len(o.Server) <= maxURLBytes &&
		!slices.ContainsFunc(o.URLs, func(u string) bool { return u == "" || len(u) > maxURLBytes })
}

// Question has a worker find out at which of its URLs another's ring server is reached from
// where it is.
type Question struct {
	Worker string `json:"worker"`
	Offer  Offer  `json:"offer"`
}

// Finding answers a Question.
type Finding struct {
	Server string `json:"server"` // of the Offer
	// Best is the URL to be used, by its place in the Offer; −1 where none is reached.
	Best     int       `json:"best"`
	Outcomes []Outcome `json:"outcomes"` // by URL
}

// Outcome is what became of one try.
type Outcome string

// The outcomes.
const (
	Reached   Outcome = "reached"
	Refused   Outcome = "refused"   // by the machine, or by a firewall that says so
	Silent    Outcome = "silent"    // nothing came back
	NoRoute   Outcome = "no route"  // there is no way there
	Stranger  Outcome = "stranger"  // another server answers
	NoName    Outcome = "no name"   // the host's name is not known
	Barred    Outcome = "barred"    // the server refuses the token, or the user and password
	Apart     Outcome = "apart"     // a broker answers, and the other worker is not to be found at it
	Unwaited  Outcome = "unwaited"  // another address answered first
	Otherwise Outcome = "otherwise" // failed
)

// Times.
const (
	// Again is how long after a try that failed the next is made.
	Again = 2 * time.Second
	// Patience is how long a pair may fail before the newcomer is refused.
	Patience = 20 * time.Second
	// told is how long a newcomer waits before a person is told why.
	told = 2 * time.Second
	// forgotten is how long a newcomer may not ask any more before it is forgotten.
	forgotten = 10 * time.Second
	// unanswered is how long a member may take for a finding before it is asked anew.
	unanswered = 5 * time.Second
)

// maxAsking bounds how many may ask to join at one time.
const maxAsking = 256

// Newcomer is a worker that asks to join.
type Newcomer struct {
	Worker, Host string
	Offer        Offer
	Findings     []Finding // of what it was asked last
}

// Verdict is what becomes of a newcomer for now.
type Verdict struct {
	Admitted bool
	Refused  string // why, once and for all
	Waiting  string // why it is not in yet, where something is the matter
	News     bool   // a person was not told of Waiting yet
	// Unreached are the members that the newcomer says now it did not reach.
	Unreached []string
	// Questions are for the newcomer, Asked for members, by name.
	Questions []Question
	Asked     map[string]Question
}

// Book keeps who has found whom. It is used by one goroutine.
type Book struct {
	members []*entry // in order of admission
	asking  map[string]*entry
}

// entry is a worker, from its first asking on.
type entry struct {
	worker, host string
	offer        Offer
	began, last  time.Time // of asking
	failing      time.Time // since when a pair with it has failed; zero for never
	told         bool
	found        map[string]*found // by the other's server
}

// found is what a worker knows of one other.
type found struct {
	finding Finding
	at      time.Time // when the finding came; zero while there is none
	asked   time.Time
}

// reached says whether the finding is there and good.
func (f *found) reached() bool { return f != nil && !f.at.IsZero() && f.finding.Best >= 0 }

// failed says whether the finding is there and bad.
func (f *found) failed() bool { return f != nil && !f.at.IsZero() && f.finding.Best < 0 }

// NewBook is a book without members.
func NewBook() *Book { return &Book{asking: map[string]*entry{}} }

// Ask takes a newcomer's question whether it is in, and decides. One that is admitted is a
// member until Gone.
func (b *Book) Ask(now time.Time, n Newcomer) Verdict {
	b.sweep(now)
	e := b.asking[n.Worker]
	if e == nil || e.offer.Server != n.Offer.Server {
		if e == nil && len(b.asking) >= maxAsking {
			return Verdict{Waiting: "too many workers ask to join at once"}
		}
		e = &entry{worker: n.Worker, host: n.Host, offer: n.Offer, began: now, found: map[string]*found{}}
		b.asking[n.Worker] = e
	}
	e.last, e.offer.Broker = now, n.Offer.Broker
	var unreached []string
	for _, f := range n.Findings {
		if m := b.memberOf(f.Server); m != nil {
			e.learn(now, m.offer, f)
			if e.found[f.Server].failed() {
				unreached = append(unreached, m.worker)
			}
		}
	}
	v := b.judge(now, e)
	v.Unreached = unreached
	return v
}

// Found takes a member's finding.
func (b *Book) Found(now time.Time, member string, f Finding) {
	m := b.member(member)
	for _, e := range b.asking {
		if m != nil && e.offer.Server == f.Server {
			m.learn(now, e.offer, f)
		}
	}
}

// Gone forgets a worker.
func (b *Book) Gone(worker string) {
	if m := b.member(worker); m != nil {
		b.members = slices.DeleteFunc(b.members, func(other *entry) bool { return other == m })
		b.forget(m)
	}
}

// URL is where one member reaches another's ring server; where that is not known, the best
// that the other offered.
func (b *Book) URL(from, to string) string {
	viewer, target := b.member(from), b.member(to)
	if target == nil {
		return ""
	}
	if viewer != nil {
		if f := viewer.found[target.offer.Server]; f.reached() {
			return target.offer.URLs[f.finding.Best]
		}
	}
	return target.offer.URLs[0]
}

// learn keeps a finding; one that does not fit its question is a bad one.
func (e *entry) learn(now time.Time, of Offer, f Finding) {
	if f.Best < -1 || f.Best >= len(of.URLs) || len(f.Outcomes) > len(of.URLs) {
		f = Finding{Server: of.Server, Best: -1}
	}
	known := e.found[of.Server]
	if known == nil {
		known = &found{}
		e.found[of.Server] = known
	}
	known.finding, known.at = f, now
}

// judge admits a newcomer that reaches the broker, where there is one, that every member reaches,
// and that reaches every member.
func (b *Book) judge(now time.Time, e *entry) Verdict {
	v := Verdict{Asked: map[string]Question{}}
	open := false
	var apart []pair
	if e.offer.Broker != "" && e.offer.Broker != Reached { // then nobody else is to be found there
		return b.wait(now, e, v, brokerSentence(e))
	}
	for _, m := range b.members {
		mine, theirs := e.found[m.offer.Server], m.found[e.offer.Server]
		if !mine.reached() {
			open = true
			if !mine.failed() || now.Sub(mine.at) >= Again {
				v.Questions = append(v.Questions, Question{m.worker, m.offer})
			}
		}
		if !theirs.reached() {
			open = true
			if m.mayAsk(now, e.offer.Server) {
				v.Asked[m.worker] = Question{e.worker, e.offer}
			}
		}
		if mine.failed() {
			apart = append(apart, pair{from: e, to: m, finding: mine.finding})
		}
		if theirs.failed() {
			apart = append(apart, pair{from: m, to: e, finding: theirs.finding})
		}
	}
	if !open {
		delete(b.asking, e.worker)
		b.members = append(b.members, e)
		return Verdict{Admitted: true}
	}
	if len(apart) == 0 {
		e.failing = time.Time{}
		return v
	}
	return b.wait(now, e, v, sentence(apart))
}

// wait has a newcomer wait for the reason given, until it has failed for too long.
func (b *Book) wait(now time.Time, e *entry, v Verdict, why string) Verdict {
	if e.failing.IsZero() {
		e.failing = now
	}
	v.Waiting = why
	if now.Sub(e.failing) >= Patience {
		b.forget(e)
		delete(b.asking, e.worker)
		return Verdict{Refused: v.Waiting}
	}
	v.News = !e.told && now.Sub(e.began) >= told
	e.told = e.told || v.News
	return v
}

// mayAsk says whether a member is to be asked (again) for a server, and notes that it is.
func (e *entry) mayAsk(now time.Time, server string) bool {
	f := e.found[server]
	switch {
	case f == nil:
		f = &found{}
		e.found[server] = f
	case f.asked.After(f.at) && now.Sub(f.asked) < unanswered:
		return false // the answer is on its way
	case !f.at.IsZero() && now.Sub(f.at) < Again:
		return false
	}
	f.asked = now
	return true
}

// sweep forgets who does not ask any more.
func (b *Book) sweep(now time.Time) {
	for worker, e := range b.asking {
		if now.Sub(e.last) >= forgotten {
			b.forget(e)
			delete(b.asking, worker)
		}
	}
}

// forget takes a worker's server out of what others have found.
func (b *Book) forget(gone *entry) {
	for _, e := range b.members {
		delete(e.found, gone.offer.Server)
	}
	for _, e := range b.asking {
		delete(e.found, gone.offer.Server)
	}
}

func (b *Book) member(worker string) *entry {
	i := slices.IndexFunc(b.members, func(e *entry) bool { return e.worker == worker })
	if i < 0 {
		return nil
	}
	return b.members[i]
}

func (b *Book) memberOf(server string) *entry {
	i := slices.IndexFunc(b.members, func(e *entry) bool { return e.offer.Server == server })
	if i < 0 {
		return nil
	}
	return b.members[i]
}
