package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"ringmaster/run/protocol"
	"ringmaster/shown"
)

// logAfter is how long a worker waits for something before it logs that it waits.
const logAfter = 3 * time.Second

// logIfSlow logs that something is waited for, if it takes long. The returned function is
// called when it is over.
func logIfSlow(log *slog.Logger, what string, about ...any) (over func()) {
	t := time.AfterFunc(logAfter, func() { log.Info("waiting for "+what, about...) })
	return func() { t.Stop() }
}

// logUnanswered logs once that nobody answers. Where the worker wants to join a run by its
// name, it looks which other run is there; if that one's coordinator embeds the server, so that
// there can be no second, it is an error.
func (l *link) logUnanswered(ctx context.Context, subject string, question []byte) error {
	joining := subject == protocol.JoinSubject(l.run, l.identity.ID()) && l.session == ""
	if joining {
		there, err := l.otherRun(ctx, question)
		if err != nil {
			return err
		}
		if there != "" {
			l.logInfo("waiting for the run's coordinator", "run", l.run, "server", l.server, "patience", l.patience,
				"there is", "run "+there+", which is joined with --run "+there+" or without --run")
			return nil
		}
	}
	if l.silent.CompareAndSwap(false, true) {
		l.logInfo("waiting for a coordinator: none answers", "server", l.server, "run", l.run, "patience", l.patience)
	}
	return nil
}

// logAnswered notes that the coordinator answers, and logs it where it did not before.
func (l *link) logAnswered() {
	l.answered.Store(time.Now().UnixNano())
	l.monitor.answers()
	if l.silent.CompareAndSwap(true, false) {
		l.logInfo("the coordinator answers again")
	}
}

func (l *link) logInfo(message string, about ...any) {
	if l.log != nil {
		l.log.Info(message, about...)
	}
}

// otherRun names a run at the server that is not the wanted one.
func (l *link) otherRun(ctx context.Context, hello []byte) (run string, err error) {
	reply, err := l.askOnce(ctx, protocol.DiscoverSubject(l.identity.ID()), hello)
	if err != nil {
		return "", nil // nobody answers
	}
	var there protocol.Welcome
	if json.Unmarshal(reply.Data, &there) != nil || there.Run == "" || there.Run == l.run {
		return "", nil
	}
	run = shown.Line(there.Run)
	if there.Only {
		return "", fmt.Errorf("%w: the coordinator at %s has run %s, not %s: leave --run out, or give --run %s", ErrNoRun, l.server, run, shown.Line(l.run), run)
	}
	return run, nil
}
