package worker

import (
	"testing"

	"ringmaster/run/credentials"
	"ringmaster/run/protocol"
)

// testAuthority is the coordinator's of all tests here.
var testAuthority = credentials.New()

// identified gives a link what a worker has of the run's credentials.
func identified(t *testing.T, l *link) *link {
	t.Helper()
	identity, err := credentials.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	l.identity, l.access = identity, protocol.Access{Token: testAuthority.Token()}
	return l
}

// id is a member's identity.
func (c *cluster) id(name string) string { return c.members[name].link.identity.ID() }
