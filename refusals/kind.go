package refusals

// Kind is why something was refused.
type Kind string

// The kinds. Their texts are labels of a metric.
const (
	// Credentials: a connection or request without valid credentials: none, wrong, expired, or
	// of another run.
	Credentials Kind = "credentials"
	// Permission: known credentials that do not permit this: a subject that is not the worker's own.
	Permission Kind = "permission"
	// Evicted: a worker that was evicted tries to come back.
	Evicted Kind = "evicted"
	// Join: a worker may not join for another reason: its name, its release, its addresses.
	Join Kind = "join"
	// Forged: a checksum or signature with a key is wrong.
	Forged Kind = "forged"
	// Replayed: a message of an earlier session, generation or run, or one that was taken before.
	Replayed Kind = "replayed"
	// Malformed: it cannot be decoded.
	Malformed Kind = "malformed"
	// Oversized: it is larger, or announces more, than what may be sent.
	Oversized Kind = "oversized"
	// Undealt: it decodes, but its numbers, names or lengths are not those that were dealt.
	Undealt Kind = "undealt"
	// Path: a name of a file or folder that leads out of where it belongs, or to something that
	// is no regular file.
	Path Kind = "path"
	// Rate: more connections, requests or messages in a while than the limit allows.
	Rate Kind = "rate"
	// Other is what has no kind of its own.
	Other Kind = "other"
)

// Kinds are all kinds.
var Kinds = []Kind{Credentials, Permission, Evicted, Join, Forged, Replayed, Malformed, Oversized, Undealt, Path, Rate, Other}
