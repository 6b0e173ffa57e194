package credentials

import "errors"

// Errors of credentials. None of their texts holds a secret.
var (
	// ErrToken: a text is not the token of a run, or not all of it.
	ErrToken = errors.New("not the token of a run")
	// ErrSeed: a text is not the seed of a run, or not all of it.
	ErrSeed = errors.New("not the seed of a run")
	// ErrTicket: who connects or joins does not have the token of this run.
	ErrTicket = errors.New("not admitted to this run")
	// ErrPass: who connects has no pass of this run's coordinator for this server.
	ErrPass = errors.New("no pass for this server")
	// ErrSignature: a message is not signed by whom it names.
	ErrSignature = errors.New("the signature of a message is missing or wrong")
	// ErrReplay: a message came before.
	ErrReplay = errors.New("a message was sent a second time")
	// ErrServer: a server is not the one of this run.
	ErrServer = errors.New("the server is not of this run")
	// ErrFile: a file with a secret cannot be used.
	ErrFile = errors.New("file of credentials")
)
