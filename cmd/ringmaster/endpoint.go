package main

import (
	"errors"
	"fmt"

	"ringmaster/cmd/version"
	"ringmaster/config"
	"ringmaster/coordinator"
	"ringmaster/run/monitor"
)

// endpoint is the HTTP endpoint of a run; off is a nil one.
type endpoint struct {
	shows  *coordinator.Monitor
	server *monitor.Endpoint // nil where it is off
}

// serveEndpoint serves a run's monitor where cluster.http says, from before the run is prepared.
func serveEndpoint(c config.Cluster) (*endpoint, error) {
	e := &endpoint{shows: coordinator.NewMonitor(version.String())}
	if c.HTTP == config.HTTPOff {
		return e, nil
	}
	token, err := monitor.TokenFromEnv()
	if err != nil {
		return nil, err
	}
	address := c.HTTP
	if address == "" {
		address = config.HTTPDefault
	}
	e.server, err = e.shows.Serve(address, token)
	if errors.Is(err, monitor.ErrAddress) {
		err = badInput(fmt.Errorf("%w (cluster.http, or --http; off leaves the endpoint out)", err))
	}
	return e, err
}

// url is where the endpoint is; empty where it is off.
func (e *endpoint) url() string {
	if e.server == nil {
		return ""
	}
	return e.server.URL()
}

// open says whether other machines reach it.
func (e *endpoint) open() bool { return e.server != nil && !e.server.Loopback() }

func (e *endpoint) close() error {
	if e.server == nil {
		return nil
	}
	return e.server.Close()
}
