package refusals

import (
	"fmt"
	"strings"
)

// ServerLog is a logger for nats-server that takes from its log what the server has refused; the rest
// is not kept. It is to be set with debug on: a client that speaks no TLS is logged there.
type ServerLog struct {
	Refused func(kind Kind, text string)
	// Probed: others of the run look for this server at addresses that may be somebody else's, as
	// 127.0.0.1 is, and find by the certificate that it is not the one they mean.
	Probed bool
}

// Errorf implements server.Logger.
func (l ServerLog) Errorf(format string, v ...any) {
	switch {
	case strings.Contains(format, "Violation"):
		l.Refused(Permission, fmt.Sprintf(format, v...))
	case strings.Contains(format, handshakeError):
		if text := fmt.Sprintf(format, v...); !l.wentAway(text) {
			l.Refused(Credentials, text)
		}
	}
}

const handshakeError = "TLS handshake error"

// wentAway says whether it was the other side that ended a handshake: nothing was refused then.
func (l ServerLog) wentAway(text string) bool {
	for _, end := range []string{"EOF", "connection reset by peer", "broken pipe"} {
		if strings.Contains(text, end) {
			return true
		}
	}
	return l.Probed && strings.Contains(text, "remote error: ")
}

// Debugf implements server.Logger.
func (l ServerLog) Debugf(format string, v ...any) {
	if strings.Contains(format, handshakeError) {
		l.Errorf(format, v...)
	}
}

// Noticef implements server.Logger.
func (ServerLog) Noticef(string, ...any) {}

// Warnf implements server.Logger.
func (ServerLog) Warnf(string, ...any) {}

// Fatalf implements server.Logger.
func (ServerLog) Fatalf(string, ...any) {}

// Tracef implements server.Logger.
func (ServerLog) Tracef(string, ...any) {}
