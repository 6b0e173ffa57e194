package coordinator

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// A thousand workers that join at once, ask again while they wait for each other, and do steps of
// a millisecond stay below every limit; a flood does not.
func TestLimitsLetAThousandWorkersInAndNoFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimits()
		members := map[string]*session{}
		for range 2 * 1000 { // control and ring
			if !l.admit() {
				t.Fatal("a worker's connection is refused")
			}
		}
		for tick := range 20 * 30 { // thirty seconds, a question every fiftieth of one
			for i := range 1000 {
				name := fmt.Sprint("worker-", i)
				if !l.ask(name, time.Now()) {
					t.Fatalf("%s is refused at its question %d", name, tick)
				}
			}
			time.Sleep(50 * time.Millisecond)
		}
		for i := range 1000 {
			members[fmt.Sprint(i)] = &session{limit: memberLimit()}
		}
		for range 100 { // steps of a millisecond: a poll, a report, the poll again
			for _, m := range members {
				if !m.limit.AllowN(time.Now(), 3) {
					t.Fatal("a worker's messages are refused")
				}
			}
			time.Sleep(time.Millisecond)
		}
		for range 2 * 1000 { // all come back after a restart
			if !l.strangers.Allow() {
				t.Fatal("a worker is refused after a restart")
			}
		}
		admitted, asked, one := 0, 0, 0
		flood := l.asked
		for i := range 100_000 {
			if l.admit() {
				admitted++
			}
			if l.ask(fmt.Sprint("x", i), time.Now()) {
				asked++
			}
			if l.ask("again", time.Now()) {
				one++
			}
		}
		if admitted > 2*connectionsAtOnce || asked > 2*newcomersAtOnce || one > 2*asksAtOnce || len(flood) > maxNames {
			t.Errorf("of a flood %d connections, %d newcomers and %d of one name are let in; %d names are kept", admitted, asked, one, len(flood))
		}
	})
}
