package directory

import "ringmaster/run/credentials"

// Control is control.json: what a coordinator that is started again needs so that the
// workers of the run, which know the old one's address and token, find it.
type Control struct {
	// Address is where the embedded server listened, "host:port".
	Address string `json:"address"`
	// Seed is that of the run's credentials, from which the token of its workers follows; empty when they
	// were given from outside, and are to be given again.
	Seed string `json:"seed,omitempty"`
}

// Token is the token of the run's workers; empty where it does not follow from what is here.
func (c Control) Token() string {
	a, err := credentials.ParseSeed(c.Seed)
	if err != nil {
		return ""
	}
	return a.Token().Text()
}
