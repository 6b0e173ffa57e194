package coordinator

import (
	"errors"
	"strings"
	"testing"

	"ringmaster/config"
	"ringmaster/run/credentials"
	"ringmaster/run/directory"
)

// A token that a person made up is refused where somebody on another machine could guess it: at every server
// that such a machine can reach, the coordinator's own or one that was named.
func TestAShortTokenIsForThisMachineAlone(t *testing.T) {
	const short, long = "open-sesame", "0123456789abcdef0123456789abcdef"
	for _, c := range []struct {
		token, nats, host string
		refused           string // what the error names; empty: none
	}{
		{short, "embedded", "127.0.0.1", ""},
		{short, "embedded", "::1", ""},
		{short, "embedded", "localhost", ""},
		{short, "embedded", "0.0.0.0", "--host 0.0.0.0"},
		{short, "embedded", "::", "--host ::"},
		{short, "embedded", "10.1.2.3", "--host 10.1.2.3"},
		{long[1:], "embedded", "0.0.0.0", "--host 0.0.0.0"},
		{long, "embedded", "0.0.0.0", ""},
		{"", "embedded", "0.0.0.0", ""}, // one is made
		{short, "nats://127.0.0.1:4222", "", ""},
		{short, "nats://127.0.0.1:4222, nats://[::1]:4223", "", ""},
		{short, "nats://nats.example.com:4222", "", "nats.example.com"},
		{short, "nats://127.0.0.1:4222,tls://s3cret@10.1.2.3:4222", "", "10.1.2.3"},
		{long, "nats://nats.example.com:4222", "", ""},
		{"", "nats://s3cret@nats.example.com:4222", "", ""},
	} {
		cluster := config.Cluster{Token: c.token, NATS: c.nats}
		a, _, err := authorityOf(cluster, directory.Control{})
		if err != nil {
			t.Fatal(err)
		}
		err = checkMadeUp(cluster, a, c.host)
		switch {
		case c.refused == "" && err != nil:
			t.Errorf("%+v: %v", c, err)
		case c.refused != "" && (!errors.Is(err, ErrCredentials) || !strings.Contains(err.Error(), c.refused) || strings.Contains(err.Error(), short) || strings.Contains(err.Error(), "s3cret")):
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// A run's credentials are those in the folder that was named; else those of its token; else those that it
// had before; else new ones, which no other run has.
func TestWhereARunsCredentialsComeFrom(t *testing.T) {
	given, before := credentials.New(), credentials.New()
	dir := t.TempDir()
	if err := given.Write(dir); err != nil {
		t.Fatal(err)
	}
	control := directory.Control{Seed: before.Seed()}
	for name, c := range map[string]struct {
		cluster config.Cluster
		control directory.Control
		want    string // an ID; empty: one that nobody had
		keep    bool
	}{
		"a folder":           {config.Cluster{Credentials: dir, Token: "sesame"}, control, given.ID(), false},
		"what it had":        {config.Cluster{}, control, before.ID(), true},
		"none, at its start": {config.Cluster{}, directory.Control{}, "", true},
	} {
		a, keep, err := authorityOf(c.cluster, c.control)
		if err != nil || keep != c.keep {
			t.Errorf("%s: kept %v, %v", name, keep, err)
			continue
		}
		again, _, err := authorityOf(c.cluster, c.control)
		if err != nil || c.want != "" && a.ID() != c.want || c.want == "" && a.ID() == again.ID() {
			t.Errorf("%s: %s, then %s, %v", name, a.ID(), again.ID(), err)
		}
	}
	if _, _, err := authorityOf(config.Cluster{Token: given.Token().Text()}, control); !errors.Is(err, ErrCredentials) {
		t.Errorf("a worker's token makes a coordinator: %v", err)
	}
}
