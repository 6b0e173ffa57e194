package reach

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"ringmaster/screen"
)

// pair is a worker that does not reach another's ring server.
type pair struct {
	from, to *entry
	finding  Finding
}

// sentence says who does not reach whom, at which addresses, and what to do. Of several pairs
// it names the first.
func sentence(apart []pair) string {
	p := apart[0]
	if p.to.offer.Broker != "" {
		return fmt.Sprintf("worker %s on %s and worker %s on %s do not reach each other at the ring's broker, %s%s; "+
			"the URL must lead to the same server from every machine (cluster.broker), and that server must let their messages through",
			p.from.worker, p.from.host, p.to.worker, p.to.host, p.tries(), morePairs(apart))
	}
	text := fmt.Sprintf("worker %s on %s does not reach the ring server of worker %s on %s at %s",
		p.from.worker, p.from.host, p.to.worker, p.to.host, p.tries()) + morePairs(apart)
	return text + fmt.Sprintf("; let %s connect to %s (cluster.ring_port fixes the port), name an address that works (cluster.ring_address, or --ring-address on that worker), or set cluster.topology to broker",
		p.from.host, p.opening())
}

// brokerSentence says that a worker does not reach the broker, why, and what to do.
func brokerSentence(e *entry) string {
	finding := Finding{Outcomes: []Outcome{e.offer.Broker}}
	advice := fmt.Sprintf("let %s connect there, or name a URL in cluster.broker that works from every machine", e.host)
	if e.offer.Broker == Barred {
		advice = "give cluster.broker the user and password, or the token, that the server asks for"
	}
	return fmt.Sprintf("worker %s on %s does not reach the ring's broker at %s; %s", e.worker, e.host, pair{from: e, to: e, finding: finding}.tries(), advice)
}

// morePairs says how many there are beside the first.
func morePairs(apart []pair) string {
	more := len(apart) - 1
	if more == 0 {
		return ""
	}
	return fmt.Sprintf(" (and %d more such %s)", more, screen.Noun(more, "pair", "pairs"))
}

// shownTries is how many addresses a sentence names.
const shownTries = 3

// tries lists the addresses and what became of each.
func (p pair) tries() string {
	var list []string
	left := 0
	for i, where := range p.to.offer.URLs {
		if len(list) == shownTries {
			left++
			continue
		}
		why := words[Otherwise]
		if i < len(p.finding.Outcomes) && words[p.finding.Outcomes[i]] != "" {
			why = words[p.finding.Outcomes[i]]
		}
		list = append(list, fmt.Sprintf("%s (%s)", address(where), why))
	}
	text := strings.Join(list, ", ")
	if left > 0 {
		text += fmt.Sprintf(" and %d more %s", left, screen.Noun(left, "address", "addresses"))
	}
	return text
}

// words are what a person is told of an outcome.
var words = map[Outcome]string{
	Refused:   "connection refused",
	Silent:    "no answer",
	NoRoute:   "no route there, or a firewall rejects it",
	Stranger:  "another server answers",
	NoName:    "no host of that name is known there",
	Barred:    "the server refuses the token, or the user and password",
	Apart:     "a server answers, but the other worker is not at it",
	Unwaited:  "not tried within the time allowed",
	Otherwise: "failed",
}

// opening is what a firewall would have to let through.
func (p pair) opening() string {
	var ports []string
	for _, where := range p.to.offer.URLs {
		if _, port, err := net.SplitHostPort(address(where)); err == nil && !slices.Contains(ports, port) {
			ports = append(ports, port)
		}
	}
	if len(ports) == 0 {
		return p.to.host
	}
	return fmt.Sprintf("TCP port %s of %s", strings.Join(ports, ", "), p.to.host)
}

// address is a URL's host and port, without what is secret.
func address(where string) string {
	if u, err := url.Parse(where); err == nil && u.Host != "" {
		return u.Host
	}
	return "an address that cannot be read"
}
