package status

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"time"

	"ringmaster/run/directory"
)

// askTimeout is how long a coordinator may take to answer before its files are read.
const askTimeout = 3 * time.Second

// OfRun is the document of the run in a directory: its coordinator's own, where that answers,
// and else what the files say. token is for an endpoint that wants one; the directory has one too.
func OfRun(ctx context.Context, l directory.Layout, now time.Time, token string) (Run, error) {
	at, own, err := l.ReadHTTP()
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, directory.ErrDamaged) {
		return Run{}, err
	}
	if err != nil {
		return FromFiles(l, now)
	}
	asking, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	d, failed := Fetch(asking, at, cmp.Or(token, own))
	if failed == nil && d.Run != nil && d.Run.Run == l.Token() { // else another process has the port now
		return *d.Run, nil
	}
	if ctx.Err() != nil {
		return Run{}, context.Cause(ctx)
	}
	run, err := FromFiles(l, now)
	if err == nil && run.Phase == Unknown && failed != nil {
		run.Reason += "; its endpoint: " + failed.Error()
	}
	return run, err
}
