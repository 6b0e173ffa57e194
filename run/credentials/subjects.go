package credentials

import "strings"

// inboxes is what all reply subjects begin with.
const inboxes = "_INBOX."

// Inbox is the beginning of the reply subjects of an identity, as nats.CustomInboxPrefix wants it.
func Inbox(id string) string { return inboxes + id }

// OwnsInbox says whether a reply subject belongs to an identity.
func OwnsInbox(id, reply string) bool {
	rest, is := strings.CutPrefix(reply, Inbox(id)+".")
	return is && strings.Contains(rest, ".") && !strings.ContainsAny(rest, "*> \t\r\n")
}

// Permissions are the subjects that a connection may use.
type Permissions struct {
	Publish, Subscribe []string
	// Respond allows one answer to each message that the connection was sent.
	Respond bool
}
