package credentials_test

import (
	"testing"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"ringmaster/run/credentials"
)

type gate struct {
	t *testing.T
	a *credentials.Authority
}

func (g gate) Check(c server.ClientAuthentication) bool {
	id, pass, err := g.a.Admits("x", c.GetOpts().Password, c.GetNonce(), c.GetOpts().Sig)
	_, derr := jwt.DecodeUserClaims(c.GetOpts().Password)
	g.t.Log(id, pass, err, derr, len(c.GetOpts().Password))
	return err == nil
}

func TestAdmit(t *testing.T) {
	a := credentials.New()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true, CustomClientAuthentication: gate{t, a}, AlwaysEnableNonce: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	defer s.Shutdown()
	i, err := credentials.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	nc, err := nats.Connect(s.ClientURL(), i.Options(a.Token())...)
	if err != nil {
		t.Fatal(err)
	}
	nc.Close()
	nc, err = nats.Connect("", append(i.Options(a.Token()), nats.InProcessServer(s))...)
	if err != nil {
		t.Fatal(err)
	}
	nc.Close()
}
