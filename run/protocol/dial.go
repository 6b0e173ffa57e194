package protocol

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/nats-io/nats.go"

	"ringmaster/config"
	"ringmaster/keepalive"
	"ringmaster/run/credentials"
)

// Variables of a worker's environment, which other users of a machine cannot read, as
// they can a command line.
const (
	// NATSEnv is the URL of the server, where no flag says it.
	NATSEnv = "RINGMASTER_NATS"
	// TokenEnv is the run's token, or what the server asks for, where the URL holds nothing of that
	// kind. TokenFileEnv is a file with it.
	TokenEnv     = "RINGMASTER_TOKEN"
	TokenFileEnv = "RINGMASTER_TOKEN_FILE"
)

// ErrNotAdmitted: a NATS server asks for another token, or another user and password.
var ErrNotAdmitted = errors.New("the NATS server refused the connection")

// TokenFromEnv is the token in the environment, without the line's end that files of
// secrets tend to have.
func TokenFromEnv() string { return strings.TrimSpace(os.Getenv(TokenEnv)) }

// TokenGiven is the token in a file, the one that is named or that of the environment, or else the one in
// the environment itself.
func TokenGiven(file string) (string, error) {
	if file == "" {
		file = os.Getenv(TokenFileEnv)
	}
	if file == "" {
		return TokenFromEnv(), nil
	}
	return credentials.ReadSecret(file)
}

// Dial connects to a server, or several of a cluster with commas. What a URL says of user,
// password or token goes before token. Errors name the server without these.
func Dial(urls, token string, options ...nats.Option) (*nats.Conn, error) {
	return dial(urls, token, token != "" || strings.Contains(urls, "@"), options...)
}

// dial is Dial; shows says that something is shown to the server.
func dial(urls, token string, shows bool, options ...nats.Option) (*nats.Conn, error) {
	shown := config.RedactURLs(urls)
	nc, err := nats.Connect(urls, append([]nats.Option{
		nats.Token(token),
		// The library's own pings, two minutes apart, would find out after as long.
		nats.SetCustomDialer(keepalive.Dialer(nats.DefaultTimeout)),
	}, options...)...)
	var unreadable *url.Error
	var network net.Error
	switch {
	case errors.Is(err, nats.ErrAuthorization) && !shows:
		return nil, fmt.Errorf("%w at %s: it requires a token, and none was given (%s, or nats://TOKEN@HOST:PORT)", ErrNotAdmitted, shown, TokenEnv)
	case errors.Is(err, nats.ErrAuthorization):
		return nil, fmt.Errorf("%w at %s: the token, or user and password, is wrong", ErrNotAdmitted, shown)
	case errors.Is(err, credentials.ErrServer):
		return nil, fmt.Errorf("%w at %s: %w; the token is that of another run", ErrNotAdmitted, shown, err)
	case errors.As(err, &unreadable): // its text quotes the URL, or the part with the password
		return nil, fmt.Errorf("%s is not the URL of a NATS server, like nats://host:4222", shown)
	case errors.Is(err, nats.ErrNoServers):
		return nil, &unreachable{shown, "nothing listens there, or it does not answer", err}
	case errors.As(err, &network) && network.Timeout():
		return nil, &unreachable{shown, "no answer; a firewall may drop what is sent there", err}
	case err != nil:
		return nil, fmt.Errorf("connect to %s: %w", shown, err)
	}
	return nc, nil
}

// unreachable is an error of the network in words.
type unreachable struct {
	at, why string
	err     error
}

func (e *unreachable) Error() string { return fmt.Sprintf("connect to %s: %s", e.at, e.why) }
func (e *unreachable) Unwrap() error { return e.err }
