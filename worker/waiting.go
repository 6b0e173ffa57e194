package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"ringmaster/run/protocol"
	"ringmaster/shown"
)

// tellAfter is how long a worker waits for something before it says so.
const tellAfter = 3 * time.Second

// waits says that something is waited for, should it last; the returned function is called when
// it is over.
func (e *executor) waits(what string, about ...any) (over func()) {
	t := time.AfterFunc(tellAfter, func() { e.options.Log.Info("waiting for "+what, about...) })
	return func() { t.Stop() }
}

// unanswered says once that nobody answers. Where the worker wants a run by its name, it looks
// who is there instead; if that is a coordinator beside which there can be none, it is an error.
func (l *link) unanswered(ctx context.Context, subject string, question []byte) error {
	joining := subject == protocol.JoinSubject(l.run) && l.session == ""
	if joining {
		there, err := l.whoIsThere(ctx, question)
		if err != nil {
			return err
		}
		if there != "" {
			l.say("waiting for the run's coordinator", "run", l.run, "server", l.server, "patience", l.patience,
				"there is", "run "+there+", which is joined with --run "+there+" or without --run")
			return nil
		}
	}
	if l.silent.CompareAndSwap(false, true) {
		l.say("waiting for a coordinator: none answers", "server", l.server, "run", l.run, "patience", l.patience)
	}
	return nil
}

// answered says that somebody answers again.
func (l *link) answered() {
	if l.silent.CompareAndSwap(true, false) {
		l.say("the coordinator answers")
	}
}

func (l *link) say(message string, about ...any) {
	if l.log != nil {
		l.log.Info(message, about...)
	}
}

// whoIsThere names another run at the server than the one that is wanted.
func (l *link) whoIsThere(ctx context.Context, hello []byte) (run string, err error) {
	reply, err := l.askOnce(ctx, protocol.DiscoverSubject, hello)
	if err != nil {
		return "", nil // nobody: that is waited for
	}
	var there protocol.Welcome
	if json.Unmarshal(reply.Data, &there) != nil || there.Run == "" || there.Run == l.run {
		return "", nil
	}
	run = shown.Line(there.Run)
	if there.Only {
		return "", fmt.Errorf("%w: the coordinator at %s carries out run %s, and not %s: leave --run out, or give --run %s", ErrNoRun, l.server, run, shown.Line(l.run), run)
	}
	return run, nil
}
