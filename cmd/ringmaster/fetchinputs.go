package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"ringmaster/cachedir"
	"ringmaster/config"
	"ringmaster/run/bucket"
)

// loadRun reads a run file.
func loadRun(path string, set []string) (*config.Run, error) {
	return config.Load(path, config.LoadOptions{Set: set, Notice: notice})
}

// showFetched tells what is fetched where the output is the command's own.
func showFetched(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// fetchNews is how long a person hears nothing of a transfer that is under way.
const fetchNews = 5 * time.Second

// fetchInputs has the run read copies of what it names at s3:// addresses, which are fetched into
// the cache unless they are there.
func fetchInputs(ctx context.Context, run *config.Run, say func(format string, args ...any)) error {
	get := bucket.Fetch{Notify: say, Progress: rarely(say)}
	open := func() (err error) { // only where there is something to fetch
		if get.Store != nil {
			return nil
		}
		cache, err := cachedir.Dir()
		if err != nil {
			return err
		}
		get.Dir = filepath.Join(cache, "s3")
		get.Store, err = bucket.Open(run.Storage)
		return err
	}
	copied := func(one func(context.Context, config.S3Address) (string, error)) func(string) (string, error) {
		return func(address string) (string, error) {
			if err := open(); err != nil {
				return "", err
			}
			at, err := config.ParseS3(address)
			if err != nil {
				return "", err
			}
			return one(ctx, at)
		}
	}
	return run.ReadFromCopies(
		copied(func(ctx context.Context, at config.S3Address) (string, error) { return get.File(ctx, at) }),
		copied(func(ctx context.Context, at config.S3Address) (string, error) { return get.Folder(ctx, at) }),
	)
}

// rarely tells how far a transfer is, every few seconds.
func rarely(say func(format string, args ...any)) func(of string, here, all int64) {
	last := time.Now()
	return func(of string, here, all int64) {
		if now := time.Now(); now.Sub(last) >= fetchNews {
			last = now
			say("%s: %s of %s", of, megabytes(here), megabytes(all))
		}
	}
}
