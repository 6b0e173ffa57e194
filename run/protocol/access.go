package protocol

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/nats-io/nats.go"

	"ringmaster/run/credentials"
)

// Access is how a worker reaches its run.
type Access struct {
	URLs  string // without the run's token
	Token credentials.Token
	// server is what the NATS server asks for, where that is somebody else's.
	server string
}

// ErrNoToken: a worker was not given the token of a run.
var ErrNoToken = errors.New("no token")

// AccessOf takes the URL of a run's NATS server, or several, and the token, either of which may hold the
// run's token. A token that a person has made up is shown to the server too, which may ask for it.
func AccessOf(urls, token string) (a Access, err error) {
	var list []string
	inURL, user := "", ""
	for text := range strings.SplitSeq(urls, ",") {
		text = strings.TrimSpace(text)
		u, err := url.Parse(text)
		if err != nil || u.User == nil {
			list = append(list, text)
			continue
		}
		if _, password := u.User.Password(); !password {
			user, u.User = u.User.Username(), nil
			if credentials.IsToken(user) {
				inURL = user
			}
		}
		list = append(list, u.String())
	}
	a.URLs = strings.Join(list, ",")
	switch {
	case inURL != "":
		a.Token, err = credentials.ParseToken(inURL)
	case token != "":
		a.Token, err = credentials.ParseToken(token)
	case user != "":
		a.Token, err = credentials.ParseToken(user)
	default:
		return a, fmt.Errorf("%w: a worker needs the token of its run: copy RUN_DIR/join of the coordinator's machine and give --join FILE; or give --token-file FILE, or %s in the environment", ErrNoToken, TokenEnv)
	}
	if err == nil && !credentials.IsToken(user) {
		a.server = user
	}
	if err == nil && a.Token.MadeUp() && a.server == "" {
		a.server = token
	}
	return a, err
}

// Dial connects to the run's server, which is the coordinator's own or somebody else's: by TLS with the
// run's CA where the server begins with a handshake, else as the URL says.
func (a Access) Dial(options ...nats.Option) (*nats.Conn, error) {
	first := append([]nats.Option{nats.Secure(a.Token.ClientTLS(credentials.CoordinatorName)), nats.TLSHandshakeFirst()}, options...)
	nc, err := dial(a.URLs, a.server, true, first...)
	var other tls.RecordHeaderError
	if errors.As(err, &other) { // it greets in plain text
		return dial(a.URLs, a.server, true, options...)
	}
	return nc, err
}
