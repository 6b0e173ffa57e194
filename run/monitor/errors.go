package monitor

import "errors"

var (
	// ErrAddress: the endpoint cannot listen at the address.
	ErrAddress = errors.New("HTTP endpoint")
	// ErrToken: the token for metrics and status cannot be read.
	ErrToken = errors.New("token of metrics and status")
)
