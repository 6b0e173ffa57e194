package directory

// Control is control.json: what a coordinator that is started again needs so that the
// workers of the run, which know the old one's address and token, find it.
type Control struct {
	// Address is where the embedded server listened, "host:port".
	Address string `json:"address"`
	// Seed is that of the run's credentials, from which the token of its workers follows; empty when they
	// were given from outside, and are to be given again.
	Seed string `json:"seed,omitempty"`
}
