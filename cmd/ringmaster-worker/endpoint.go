package main

import (
	"errors"
	"fmt"

	"ringmaster/cmd/version"
	"ringmaster/config"
	"ringmaster/refusals"
	"ringmaster/run/monitor"
	"ringmaster/worker"
)

// serveMonitor gives a worker its monitor and serves it at an address; config.HTTPOff serves
// nothing. close ends that.
func serveMonitor(address string, o *worker.Options) (close func() error, err error) {
	if err := config.CheckHTTP(address); err != nil {
		return nil, fmt.Errorf("--http: %w", err)
	}
	token, err := monitor.TokenFromEnv()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUsage, err)
	}
	o.Refused = refusals.New(func(text string) { o.Log.Warn(text) })
	o.Monitor = worker.NewMonitor(version.String(), o.Refused, token, o.Token)
	if address == config.HTTPOff {
		return func() error { return nil }, nil
	}
	server, err := o.Monitor.Serve(address)
	if errors.Is(err, monitor.ErrAddress) {
		return nil, fmt.Errorf("%w: %w (--http; off leaves the endpoint out)", errUsage, err)
	}
	if err != nil {
		return nil, err
	}
	return server.Close, nil
}
