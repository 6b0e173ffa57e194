package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"

	"ringmaster/run/protocol"
	"ringmaster/sleep"
)

// poll passes the session's orders on, in order and each once, until ctx ends. It fails with
// errUnknownSession when the coordinator does not know the session.
func (l *link) poll(ctx context.Context, add func(protocol.Order)) error {
	var last uint64
	parts := protocol.Assembly{Bound: protocol.MaxOrder}
	for {
		var answer protocol.Orders
		question := protocol.Poll{Session: l.session, Ack: last, Has: parts.Has(last + 1)}
		if err := l.ask(ctx, l.pollSubject(), question, &answer); err != nil {
			return err
		}
		if answer.UnknownSession {
			return errUnknownSession
		}
		if answer.Part != nil && answer.Part.Message == last+1 {
			whole, err := parts.Add(answer.Part)
			if err != nil {
				return fmt.Errorf("%w: %w", ErrOrder, err)
			}
			if whole == nil {
				continue
			}
			var o protocol.Order
			if err := json.Unmarshal(whole, &o); err != nil {
				return fmt.Errorf("%w: %w", ErrOrder, err)
			}
			answer.Orders = []protocol.Order{o}
		}
		for _, o := range answer.Orders {
			if o.Seq <= last {
				continue
			}
			if o.Seq != last+1 {
				return fmt.Errorf("%w: order %d arrived after order %d", ErrOrder, o.Seq, last)
			}
			last = o.Seq
			add(o)
			if o.End != nil {
				return errors.Join(l.acknowledge(last), l.keepPolling(ctx, last))
			}
		}
	}
}

func (l *link) pollSubject() string { return protocol.PollSubject(l.run, l.identity.ID(), l.worker) }

// acknowledge says that the last order has arrived. The coordinator waits for that, but not
// for long, and then ends, so no answer is expected.
func (l *link) acknowledge(last uint64) error {
	text, err := json.Marshal(protocol.Poll{Session: l.session, Ack: last})
	if err != nil {
		return err
	}
	m := &nats.Msg{Subject: l.pollSubject(), Data: text}
	if _, err := l.identity.Request(m, &l.count); err != nil {
		return err
	}
	if err := l.nc.PublishMsg(m); err != nil {
		return fmt.Errorf("%w: %w", ErrNoCoordinator, err)
	}
	return l.nc.FlushTimeout(answerTimeout)
}

// keepPolling polls as a sign of life while the orders before the last one are carried out. It
// ends when the coordinator is gone.
func (l *link) keepPolling(ctx context.Context, last uint64) error {
	for {
		var answer protocol.Orders
		err := l.ask(ctx, l.pollSubject(), protocol.Poll{Session: l.session, Ack: last}, &answer)
		if err != nil || answer.UnknownSession {
			return nil
		}
	}
}

// report delivers a report, in parts where it is larger than the server's messages may be. The size is looked at
// for each try: a server that is restarted may take less than before.
func (l *link) report(ctx context.Context, r protocol.Report) error {
	r.Session = l.session
	text, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode %T: %w", r, err)
	}
	if len(text) > protocol.MaxReport {
		return fmt.Errorf("%w: a report of %d MB; at most %d MB are allowed", protocol.ErrPayload, len(text)>>20, protocol.MaxReport>>20)
	}
	subject := protocol.ReportSubject(l.run, l.identity.ID(), l.worker)
	number := l.sent.Add(1)
	for has := 0; ; {
		limit := l.nc.MaxPayload()
		whole := len(text) <= protocol.Room(limit)
		var message any = json.RawMessage(text)
		if !whole {
			message = protocol.Report{Session: l.session, Part: protocol.Cut(number, text, has, limit)}
		}
		answer, err := l.deliver(ctx, subject, message)
		switch {
		case errors.Is(err, protocol.ErrPayload) && l.nc.MaxPayload() < limit:
			continue
		case err != nil || whole || answer.Whole:
			return err
		}
		if answer.Has <= has { // the coordinator lacks parts that it had
			if err := sleep.For(ctx, retryPause); err != nil {
				return err
			}
		}
		has = answer.Has
	}
}

// deliver delivers a report, or a part of one.
func (l *link) deliver(ctx context.Context, subject string, report any) (answer protocol.Reply, err error) {
	err = l.ask(ctx, subject, report, &answer)
	if err == nil && answer.UnknownSession {
		err = errUnknownSession
	}
	return answer, err
}
