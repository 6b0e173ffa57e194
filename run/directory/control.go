package directory

// Control is control.json: what a coordinator that is started again needs so that the
// workers of the run, which know the old one's address and token, find it.
type Control struct {
	// Address is where the embedded server listened, "host:port".
	Address string `json:"address"`
	// Token admits to it; empty when it was given from outside, and is to be given again.
	Token string `json:"token,omitempty"`
}
