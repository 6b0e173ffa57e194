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

// CheckURLs says what is wrong with the URL of a NATS server, or of several with commas,
// without asking the network. Its sentence holds no credentials.
func CheckURLs(s string) error {
	for one := range strings.SplitSeq(s, ",") {
		one = strings.TrimSpace(one)
		u, err := url.Parse(one)
		name := shown.Quote(RedactURLs(one))
		switch {
		case err != nil || u.Host == "" || u.Scheme == "":
			return fmt.Errorf("%w: %s is not the URL of a NATS server, like nats://host:4222", ErrValue, name)
		case !slices.Contains(schemes, u.Scheme):
			return fmt.Errorf("%w: %s has the scheme %s, and a NATS server's is one of %s: write it like nats://host:4222", ErrValue, name, shown.Quote(u.Scheme), strings.Join(schemes, ", "))
		case u.Hostname() == "":
			return fmt.Errorf("%w: %s names no host: write it like nats://host:4222", ErrValue, name)
		case !validPort(u.Port()):
			return fmt.Errorf("%w: %s has the port %s, and a port is a number from 1 to %d", ErrValue, name, shown.Line(u.Port()), maxPort)
		case u.Path != "" && u.Path != "/" && !strings.HasPrefix(u.Scheme, "ws"):
			return fmt.Errorf("%w: %s has %s behind the port, which means nothing to a NATS server: leave it out", ErrValue, name, shown.Quote(u.Path))
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

// hidden stands for what is not shown.
const hidden = "***@"

// RedactURLs is a server's URL, or several with commas, as it may be shown: without user,
// password or token. Where a stray @ leaves open what is secret, nothing is shown.
func RedactURLs(s string) string {
	shown := credentials.ReplaceAllString(s, "//"+hidden)
	if strings.Count(shown, "@") != strings.Count(shown, hidden) {
		return "a URL with " + strings.TrimSuffix(hidden, "@")
	}
	return shown
}
