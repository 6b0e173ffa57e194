package coordinator

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// How much is taken in a second, and at once. A thousand workers that all join in the same
// second, or whose steps take a millisecond, stay below. What is beyond gets no answer: an honest
// worker asks again after a second.
const (
	// connectionsASecond are new connections to the embedded server: a worker has two.
	connectionsASecond, connectionsAtOnce = 500, 4000
	// newcomersASecond are names that ask to join and have not asked lately.
	newcomersASecond, newcomersAtOnce = 500, 4000
	// asksASecond is how often one name may ask: a worker that waits for its neighbours does so
	// every joinPause.
	asksASecond, asksAtOnce = 40, 100
	// messagesASecond are a member's polls and reports.
	messagesASecond, messagesAtOnce = 10_000, 20_000
	// strangersASecond are polls and reports of sessions that are not known, as after a restart.
	strangersASecond, strangersAtOnce = 2000, 8000
)

// maxNames is how many names of newcomers are remembered.
const maxNames = 1 << 13

// limits bound how much is taken in at the door. All methods may be called from any goroutine.
type limits struct {
	connections, newcomers, strangers *rate.Limiter

	mu    sync.Mutex
	asked map[string]*rate.Limiter // by the name that asks to join
}

func newLimits() *limits {
	return &limits{
		connections: rate.NewLimiter(connectionsASecond, connectionsAtOnce),
		newcomers:   rate.NewLimiter(newcomersASecond, newcomersAtOnce),
		strangers:   rate.NewLimiter(strangersASecond, strangersAtOnce),
		asked:       map[string]*rate.Limiter{},
	}
}

// admit says whether one more connection may be admitted now.
func (l *limits) admit() bool { return l.connections.Allow() }

// ask says whether a request to join may be looked at now.
func (l *limits) ask(name string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	of := l.asked[name]
	if of == nil {
		if !l.newcomers.AllowN(now, 1) {
			return false
		}
		if len(l.asked) >= maxNames {
			clear(l.asked) // who asks again is a newcomer again
		}
		of = rate.NewLimiter(asksASecond, asksAtOnce)
		l.asked[name] = of
	}
	return of.AllowN(now, 1)
}

// memberLimit is the limiter of one worker's messages.
func memberLimit() *rate.Limiter { return rate.NewLimiter(messagesASecond, messagesAtOnce) }
