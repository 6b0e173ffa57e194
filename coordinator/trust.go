package coordinator

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"strings"

	"ringmaster/config"
	"ringmaster/run/credentials"
	"ringmaster/run/directory"
)

// authorityOf are the credentials of a run: those in the folder that was named, those that follow from
// a token that a person has made up, those that the run had before, or new ones. keep says
// that a coordinator that is started again finds them nowhere but in the run directory.
func authorityOf(c config.Cluster, before directory.Control) (a *credentials.Authority, keep bool, err error) {
	switch {
	case c.Credentials != "":
		a, err = credentials.ReadAuthority(c.Credentials)
	case credentials.IsToken(c.Token):
		err = fmt.Errorf("%w: this token is what a run's workers are given; the coordinator needs the seed beside it: cluster.credentials, or --credentials DIR", ErrCredentials)
	case c.Token != "":
		a, err = credentials.MadeUp(c.Token)
	case before.Seed != "":
		a, err = credentials.ParseSeed(before.Seed)
		keep = true
	default:
		a, keep = credentials.New(), true
	}
	if err != nil && !errors.Is(err, ErrCredentials) {
		err = fmt.Errorf("%w: %w", ErrCredentials, err)
	}
	return a, keep, err
}

// wantsTLS says whether what a run listens at beyond the coordinator's process uses TLS: where somebody
// on another machine could reach it, unless the run file says.
func wantsTLS(c config.Cluster, loopback bool) bool {
	switch c.TLS {
	case config.TLSOn:
		return true
	case config.TLSOff:
		return false
	}
	return !loopback
}

// isLoopback says whether a server at a host is reached from this machine alone.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback() || strings.EqualFold(host, "localhost")
}

// shortestToken is how long a made-up token has to be where strangers could try to guess it.
const shortestToken = 32

// checkMadeUp refuses a made-up token that strangers could guess: by trying it at the coordinator's own server, or, at
// a server that was named, by comparing it with what is signed with keys that follow from it.
func checkMadeUp(c config.Cluster, a *credentials.Authority, host string) error {
	if t := a.Token(); !t.MadeUp() || len(t.Text()) >= shortestToken {
		return nil
	}
	if c.NATS == "embedded" {
		if isLoopback(host) {
			return nil
		}
		return fmt.Errorf("%w: at --host %s other machines can connect, so a token of fewer than %d characters could be guessed: leave cluster.token (--token, RINGMASTER_TOKEN) out, and a token is made for the run; or make one with `ringmaster credentials new DIR` and give --credentials DIR",
			ErrCredentials, host, shortestToken)
	}
	if far := beyondLoopback(c.NATS); far != "" {
		return fmt.Errorf("%w: other machines can reach the server %s, so a run's token of fewer than %d characters could be guessed: leave cluster.token (--token, RINGMASTER_TOKEN) out, and a token is made for the run; if the server asks for a token of its own, write it into its URL, as in nats://TOKEN@HOST:4222",
			ErrCredentials, far, shortestToken)
	}
	return nil
}

// beyondLoopback is the first host of the URLs of a NATS server that is not this machine; empty where all are.
func beyondLoopback(urls string) string {
	for one := range strings.SplitSeq(urls, ",") {
		u, err := url.Parse(strings.TrimSpace(one))
		if err != nil {
			continue // which config.CheckURLs has refused
		}
		if !isLoopback(u.Hostname()) {
			return u.Hostname()
		}
	}
	return ""
}

// ownNames are the names and addresses of this machine, for whoever checks a certificate by them.
func ownNames(host string) (names []string, ips []net.IP) {
	names = []string{"localhost"}
	if name, err := os.Hostname(); err == nil {
		names = append(names, name)
	}
	if ip := net.ParseIP(host); ip != nil && !ip.IsUnspecified() {
		ips = append(ips, ip)
	} else if ip == nil {
		names = append(names, host)
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil { // its names are there
		return names, ips
	}
	for _, a := range addresses {
		if network, is := a.(*net.IPNet); is && !network.IP.IsLinkLocalUnicast() {
			ips = append(ips, network.IP)
		}
	}
	return names, ips
}

// before is what an earlier coordinator of the run left for this one.
func (c *coordinator) before() (directory.Control, error) {
	if !c.opts.Resume {
		return directory.Control{}, nil
	}
	before, err := c.dir.ReadControl()
	switch {
	case errors.Is(err, directory.ErrDamaged):
		c.notify("control.json is damaged: workers that were started before cannot find this coordinator by it")
		return directory.Control{}, nil
	case errors.Is(err, fs.ErrNotExist):
		return directory.Control{}, nil
	}
	return before, err
}
