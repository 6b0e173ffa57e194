package status

import "errors"

var (
	// ErrUnreachable: no process answers at a URL.
	ErrUnreachable = errors.New("no answer")
	// ErrNotAdmitted: the endpoint wants another token.
	ErrNotAdmitted = errors.New("the endpoint refused the request")
	// ErrNoDocument: what answers is no endpoint of Ringmaster.
	ErrNoDocument = errors.New("not a status document")
)
