package protocol

import "errors"

// ErrPayload: a message does not go through the server, whole or in parts.
var ErrPayload = errors.New("message too large for the NATS server")

// ErrTokens: a message has token ids that are no rising set.
var ErrTokens = errors.New("not a set of rising token ids")
