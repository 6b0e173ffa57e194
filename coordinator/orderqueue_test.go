package coordinator

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringmaster/run/protocol"
)

// A replyChan holds the answer to one poll.
type replyChan chan []byte

func poll(o *orderQueue, ack uint64) replyChan {
	replies := make(replyChan, 2) // a second answer to one poll would be seen
	o.poll(ack, 0, func(text []byte) { replies <- text })
	return replies
}

// orders waits for the answer and reads it.
func (b replyChan) orders(t *testing.T) []protocol.Order {
	t.Helper()
	select {
	case text := <-b:
		var answer protocol.Orders
		if err := json.Unmarshal(text, &answer); err != nil {
			t.Fatalf("%v in %.200s", err, text)
		}
		return answer.Orders
	case <-time.After(time.Minute):
		t.Fatal("the poll is not answered")
		return nil
	}
}

func (b replyChan) seqs(t *testing.T) []uint64 {
	t.Helper()
	list := []uint64{}
	for _, o := range b.orders(t) {
		list = append(list, o.Seq)
	}
	return list
}

func push(t *testing.T, o *orderQueue, orders ...protocol.Order) {
	t.Helper()
	for _, order := range orders {
		if err := o.push(order); err != nil {
			t.Fatal(err)
		}
	}
}

func save(stage int) protocol.Order { return protocol.Order{Save: &protocol.Save{Stage: stage}} }

func TestOrdersAreRepeatedUntilTheyAreAcknowledged(t *testing.T) {
	o := &orderQueue{}
	defer o.close()
	push(t, o, save(0), save(1), save(2))
	for _, c := range []struct {
		ack  uint64
		want []uint64
	}{{0, []uint64{1, 2, 3}}, {0, []uint64{1, 2, 3}}, {2, []uint64{3}}, {1, []uint64{3}}} {
		if diff := cmp.Diff(c.want, poll(o, c.ack).seqs(t)); diff != "" {
			t.Errorf("after acknowledging %d (-want +got):\n%s", c.ack, diff)
		}
	}
	push(t, o, save(3))
	got := poll(o, 3).orders(t)
	if len(got) != 1 || got[0].Seq != 4 || got[0].Save == nil || got[0].Save.Stage != 3 {
		t.Errorf("after acknowledging 3: %+v, want order 4 alone", got)
	}
}

func TestAPollWithoutOrdersIsHeldUntilOneComes(t *testing.T) {
	o := &orderQueue{}
	defer o.close()
	held := poll(o, 0)
	select {
	case text := <-held:
		t.Fatalf("answered at once: %s", text)
	default:
	}
	push(t, o, save(0))
	if diff := cmp.Diff([]uint64{1}, held.seqs(t)); diff != "" {
		t.Errorf("held poll (-want +got):\n%s", diff)
	}
	push(t, o, save(1)) // nobody waits: it is for the next poll
	if diff := cmp.Diff([]uint64{2}, poll(o, 1).seqs(t)); diff != "" {
		t.Errorf("next poll (-want +got):\n%s", diff)
	}
	if len(held) > 0 {
		t.Error("one poll was answered twice")
	}
}

func TestAHeldPollIsAnsweredEmptyInTheEnd(t *testing.T) {
	o := &orderQueue{}
	defer o.close()
	began := time.Now()
	if got := poll(o, 0).seqs(t); len(got) != 0 {
		t.Errorf("orders %v out of nowhere", got)
	}
	if took := time.Since(began); took < protocol.PollHold {
		t.Errorf("answered after %s, want %s at least", took, protocol.PollHold)
	}
}

func TestANewerPollReplacesAnOlder(t *testing.T) {
	o := &orderQueue{}
	defer o.close()
	old, young := poll(o, 0), poll(o, 0)
	push(t, o, save(0))
	if diff := cmp.Diff([]uint64{1}, young.seqs(t)); diff != "" {
		t.Errorf("newer poll (-want +got):\n%s", diff)
	}
	if len(old) > 0 {
		t.Error("the older poll was answered too")
	}
}

func TestABundleIsBoundedAndLeavesNoGap(t *testing.T) {
	o := &orderQueue{}
	defer o.close()
	end := func(bytes int) protocol.Order {
		return protocol.Order{End: &protocol.End{Error: strings.Repeat("x", bytes)}}
	}
	const third = bundleBytes / 3
	push(t, o, end(third), end(third), end(third), end(2*bundleBytes), end(1))
	ack := uint64(0)
	for _, want := range [][]uint64{{1, 2}, {3}, {4}, {5}} { // an order over the bound goes alone
		replies := poll(o, ack)
		if got := replies.seqs(t); !cmp.Equal(want, got) {
			t.Fatalf("after %d came %v, want %v", ack, got, want)
		}
		ack = want[len(want)-1]
	}
}

// An order that does not go through the server comes in parts, one a poll, as far as the
// asker says that it has it; what follows comes after it.
func TestALargeOrderComesInParts(t *testing.T) {
	const limit = 8 << 10
	o := &orderQueue{limit: func() int64 { return limit }}
	defer o.close()
	reason := strings.Repeat("reason ", limit)
	push(t, o, save(0), protocol.Order{End: &protocol.End{Error: reason}}, save(2))
	parts, ack := protocol.Assembly{Bound: protocol.MaxOrder}, uint64(1)
	for ack == 1 {
		replies := make(replyChan, 2)
		o.poll(ack, parts.Has(2), func(text []byte) { replies <- text })
		text := <-replies
		var answer protocol.Orders
		if err := json.Unmarshal(text, &answer); err != nil || len(text) > limit || answer.Part == nil {
			t.Fatalf("%d bytes, %v: %.200s", len(text), err, text)
		}
		whole, err := parts.Add(answer.Part)
		if err != nil {
			t.Fatal(err)
		}
		if whole != nil {
			var order protocol.Order
			if err := json.Unmarshal(whole, &order); err != nil || order.Seq != 2 || order.End == nil || order.End.Error != reason {
				t.Fatalf("%v: %.200s", err, whole)
			}
			ack = 2
		}
	}
	if diff := cmp.Diff([]uint64{3}, poll(o, ack).seqs(t)); diff != "" {
		t.Error(diff)
	}
}

// One side puts while the other polls, each answer lost now and then: every order
// arrives, once, in its place.
func TestOrdersArriveInOrderWhateverIsLost(t *testing.T) {
	const count = 2000
	o := &orderQueue{}
	defer o.close()
	var group sync.WaitGroup
	failed := make(chan error, 1)
	group.Go(func() {
		for i := range count {
			if err := o.push(save(i)); err != nil {
				failed <- err
				return
			}
		}
	})
	last := uint64(0)
	for round := 0; last < count; round++ {
		orders := poll(o, last).orders(t)
		if round%3 == 1 {
			continue // this answer got lost
		}
		for _, order := range orders {
			if order.Seq != last+1 || order.Save.Stage != int(last) {
				t.Fatalf("order %d (stage %d) after %d", order.Seq, order.Save.Stage, last)
			}
			last++
		}
	}
	group.Wait()
	select {
	case err := <-failed:
		t.Fatal(fmt.Errorf("put: %w", err))
	default:
	}
}
