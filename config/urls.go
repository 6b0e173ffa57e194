package config

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ringmaster/shown"
)

// schemes are those that a NATS client speaks.
var schemes = []string{"nats", "tls", "ws", "wss"}

// CheckURLs validates the URL of a NATS server, or several separated by commas, without
// using the network. Its error holds no credentials.
func CheckURLs(s string) error {
	for one := range strings.SplitSeq(s, ",") {
		one = strings.TrimSpace(one)
		u, err := url.Parse(one)
		name := shown.Quote(RedactURLs(one))
		switch {
		case err != nil || u.Host == "" || u.Scheme == "":
			return fmt.Errorf("%w: %s is not the URL of a NATS server, like nats://host:4222", ErrValue, name)
		case !slices.Contains(schemes, u.Scheme):
			return fmt.Errorf("%w: %s has the scheme %s, which is not one of %s: write it like nats://host:4222", ErrValue, name, shown.Quote(u.Scheme), strings.Join(schemes, ", "))
		case u.Hostname() == "":
			return fmt.Errorf("%w: %s has no host: write it like nats://host:4222", ErrValue, name)
		case !validPort(u.Port()):
			return fmt.Errorf("%w: %s has the port %s, which is not a number from 1 to %d", ErrValue, name, shown.Line(u.Port()), maxPort)
		case u.Path != "" && u.Path != "/" && !strings.HasPrefix(u.Scheme, "ws"):
			return fmt.Errorf("%w: %s has %s after the port, which a NATS server does not use: leave it out", ErrValue, name, shown.Quote(u.Path))
		}
	}
	return nil
}

// validPort accepts no port, which is the scheme's own.
func validPort(port string) bool {
	n, err := strconv.Atoi(port)
	return port == "" || err == nil && n >= 1 && n <= maxPort
}

// credentials are what stands before the host of a URL.
var credentials = regexp.MustCompile(`//[^@/]*@`)

// hidden replaces credentials.
const hidden = "***@"

// RedactURLs removes user, password and token from the URL of a server, or several separated
// by commas. Where a stray @ makes it unclear what is secret, nothing of it is shown.
func RedactURLs(s string) string {
	shown := credentials.ReplaceAllString(s, "//"+hidden)
	if strings.Count(shown, "@") != strings.Count(shown, hidden) {
		return "a URL with " + strings.TrimSuffix(hidden, "@")
	}
	return shown
}
