package protocol

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

func TestDial(t *testing.T) {
	srv, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true, Authorization: "p@rt/of"})
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	defer srv.WaitForShutdown()
	defer srv.Shutdown()
	if !srv.ReadyForConnections(10 * time.Second) {
		t.Fatal("the NATS server does not listen")
	}
	plain := srv.ClientURL()
	with := func(who string) string { return strings.Replace(plain, "://", "://"+who+"@", 1) }
	t.Setenv(TokenEnv, " p@rt/of\n")
	for _, c := range []struct {
		name, url, token string
		says             string // empty: it connects
		refused          bool
	}{
		{"token", plain, TokenFromEnv(), "", false},
		{"token in the URL", with("p%40rt%2Fof"), "", "", false},
		{"URL before token", with("p%40rt%2Fof"), "secret", "", false},
		{"no token", plain, "", "none was given", true},
		{"wrong token", plain, "secret", "is wrong", true},
		{"wrong token in the URL", with("secret"), "", "is wrong", true},
		{"user and password", with("u:secret"), "p@rt/of", "is wrong", true},
		{"no URL", "nats://u:secret/x@h", "", "not the URL", false},
		{"nobody there", "nats://u:secret@127.0.0.1:1", "", "connect to nats://***@127.0.0.1:1", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			nc, err := Dial(c.url, c.token)
			if err == nil {
				nc.Close()
			}
			if (err == nil) != (c.says == "") || errors.Is(err, ErrNotAdmitted) != c.refused {
				t.Fatalf("%v", err)
			}
			if err != nil && (!strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "secret")) {
				t.Errorf("it says %q, want %q and no secret", err, c.says)
			}
		})
	}
}
