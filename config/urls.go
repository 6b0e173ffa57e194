package config

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// validURLs accepts what a NATS client does: one URL or several with commas.
func validURLs(s string) bool {
	for one := range strings.SplitSeq(s, ",") {
		u, err := url.Parse(strings.TrimSpace(one))
		if err != nil || u.Host == "" || !slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme) {
			return false
		}
	}
	return true
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
