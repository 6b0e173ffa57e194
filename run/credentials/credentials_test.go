package credentials_test

import (
	"crypto/tls"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"pgregory.net/rapid"

	"ringmaster/run/credentials"
)

func identity(t *testing.T) *credentials.Identity {
	t.Helper()
	i, err := credentials.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// A seed always gives the same token, and a token that is not copied whole is told from another run's.
func TestSecretsAsText(t *testing.T) {
	a := credentials.New()
	again, err := credentials.ParseSeed(a.Seed() + "\n")
	if err != nil || again.Token().Text() != a.Token().Text() {
		t.Fatalf("read back: %v", err)
	}
	token := a.Token().Text()
	if strings.Contains(token, strings.TrimPrefix(a.Seed(), "rms1-")) || credentials.New().Token().Text() == token {
		t.Error("a token gives the seed away, or is always the same")
	}
	for name, text := range map[string]string{
		"empty": "", "short": token[:len(token)-1], "longer": token + "a", "changed": token[:20] + string(token[20]^1) + token[21:],
		"the seed": a.Seed(), "prefix alone": "rmt1-",
	} {
		if _, err := credentials.ParseToken(text); !errors.Is(err, credentials.ErrToken) || len(text) > 8 && strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := credentials.ParseSeed(token); !errors.Is(err, credentials.ErrSeed) {
		t.Errorf("a token as a seed: %v", err)
	}
	if made, err := credentials.ParseToken("sesame"); err != nil || !made.MadeUp() || made.Text() != "sesame" {
		t.Errorf("a token that was made up: %v", err)
	}
}

// Who has the token of another run, or shows another's ticket, is not admitted.
func TestATicketIsItsOwnersAndItsRuns(t *testing.T) {
	a, other := credentials.New(), credentials.New()
	mine, theirs := identity(t), identity(t)
	ticket, err := mine.Ticket(a.Token())
	if err != nil {
		t.Fatal(err)
	}
	if err := a.CheckTicket(mine.ID(), ticket); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"another run": other.CheckTicket(mine.ID(), ticket), "another identity": a.CheckTicket(theirs.ID(), ticket),
		"none": a.CheckTicket(mine.ID(), nil), "no identity": a.CheckTicket("x", ticket),
	} {
		if !errors.Is(err, credentials.ErrTicket) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A pass is for one identity, at one server, of one run.
func TestAPassIsForOneServerAndOneIdentity(t *testing.T) {
	a := credentials.New()
	mine, theirs, nonce := identity(t), identity(t), []byte("a challenge")
	pass, err := a.Pass(mine.ID(), "server", credentials.Permissions{Publish: []string{"p"}, Subscribe: []string{"s"}})
	if err != nil {
		t.Fatal(err)
	}
	answer, _ := mine.SignNonce(nonce)
	stolen, _ := theirs.SignNonce(nonce)
	may, err := a.Token().CheckPass("server", pass, nonce, answer)
	if err != nil || len(may.Publish) != 1 || may.Publish[0] != "p" || len(may.Subscribe) != 1 || may.Subscribe[0] != "s" {
		t.Fatalf("%+v, %v", may, err)
	}
	for name, check := range map[string]func() error{
		"another server":    func() error { _, err := a.Token().CheckPass("else", pass, nonce, answer); return err },
		"another identity":  func() error { _, err := a.Token().CheckPass("server", pass, nonce, stolen); return err },
		"another challenge": func() error { _, err := a.Token().CheckPass("server", pass, []byte("x"), answer); return err },
		"no challenge":      func() error { _, err := a.Token().CheckPass("server", pass, nil, answer); return err },
		"another run":       func() error { _, err := credentials.New().Token().CheckPass("server", pass, nonce, answer); return err },
		"none":              func() error { _, err := a.Token().CheckPass("server", "", nonce, answer); return err },
	} {
		if err := check(); !errors.Is(err, credentials.ErrPass) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A message counts only as it was signed.
func TestMessagesAreSigned(t *testing.T) {
	a, mine := credentials.New(), identity(t)
	var count credentials.Counter
	request := func() (*nats.Msg, string) {
		m := &nats.Msg{Subject: "ringmaster.r.poll." + mine.ID() + ".w", Data: []byte("question")}
		number, err := mine.Request(m, &count)
		if err != nil {
			t.Fatal(err)
		}
		m.Reply = credentials.Inbox(mine.ID()) + ".x.1"
		return m, number
	}
	m, number := request()
	if _, err := credentials.CheckRequest(m, mine.ID()); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*nats.Msg){
		"data": func(m *nats.Msg) { m.Data[0]++ }, "subject": func(m *nats.Msg) { m.Subject += "x" },
		"reply": func(m *nats.Msg) { m.Reply = credentials.Inbox(identity(t).ID()) + ".x.1" }, "signature": func(m *nats.Msg) { m.Header = nil },
		"inbox of one part": func(m *nats.Msg) { m.Reply = credentials.Inbox(mine.ID()) + ".x" },
	} {
		bad, _ := request()
		spoil(bad)
		if _, err := credentials.CheckRequest(bad, mine.ID()); !errors.Is(err, credentials.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	answer := a.Answer(m, mine.ID(), []byte("answer"))
	if answer.Subject != m.Reply {
		t.Errorf("it goes to %s", answer.Subject)
	}
	if err := a.Token().CheckAnswer(answer, mine.ID(), number); err != nil {
		t.Error(err)
	}
	_, later := request()
	for name, err := range map[string]error{
		"to another request": a.Token().CheckAnswer(answer, mine.ID(), later), "to another": a.Token().CheckAnswer(answer, identity(t).ID(), number),
		"of another run": credentials.New().Token().CheckAnswer(answer, mine.ID(), number),
	} {
		if !errors.Is(err, credentials.ErrSignature) {
			t.Errorf("an answer %s: %v", name, err)
		}
	}
}

// Of any order of counts, each is taken once at most, and those that do not lag far behind are.
func TestTheWindowTakesEachCountOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var w credentials.Window
		taken, newest := map[uint64]bool{}, uint64(0)
		for _, n := range rapid.SliceOf(rapid.Uint64Range(1, 300)).Draw(rt, "counts") {
			err := w.Take(n)
			if want := !taken[n] && (n > newest || newest-n < 64); (err == nil) != want {
				rt.Fatalf("%d after %d: %v", n, newest, err)
			}
			if err == nil {
				taken[n] = true
			}
			newest = max(newest, n)
		}
	})
}

// handshake is what a client of a token finds a server to be that has a certificate.
func handshake(t *testing.T, server *tls.Config, client *tls.Config) error {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if conn, err := l.Accept(); err == nil {
			_ = tls.Server(conn, server).Handshake()
			_ = conn.Close()
		}
	}()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return tls.Client(conn, client).Handshake()
}

// A client takes the server of its own run and of the name that it wants, and no other.
func TestCertificatesArePinnedToTheRun(t *testing.T) {
	a, other, worker := credentials.New(), credentials.New(), identity(t)
	coordinator, err := a.CoordinatorTLS([]string{"h"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	key, err := credentials.NewServerKey()
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.Public()
	if err != nil {
		t.Fatal(err)
	}
	chain, err := a.Certify(worker.ID(), public, nil)
	if err != nil {
		t.Fatal(err)
	}
	ring, err := key.TLS(chain)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		server *tls.Config
		client *tls.Config
		good   bool
	}{
		{"coordinator", coordinator, a.Token().ClientTLS(credentials.CoordinatorName), true},
		{"ring server", ring, a.Token().ClientTLS(credentials.ServerName(worker.ID())), true},
		{"coordinator of another run", coordinator, other.Token().ClientTLS(credentials.CoordinatorName), false},
		{"worker as the coordinator", ring, a.Token().ClientTLS(credentials.CoordinatorName), false},
		{"another worker", ring, a.Token().ClientTLS(credentials.ServerName(identity(t).ID())), false},
	} {
		err := handshake(t, c.server, c.client)
		if c.good && err != nil || !c.good && !errors.Is(err, credentials.ErrServer) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := key.TLS(coordinator.Certificates[0].Certificate); err == nil {
		t.Error("a certificate for another key is taken")
	}
}

func TestFilesOfSecrets(t *testing.T) {
	a, dir := credentials.New(), filepath.Join(t.TempDir(), "secrets")
	if err := a.Write(dir); err != nil {
		t.Fatal(err)
	}
	if err := a.Write(dir); !errors.Is(err, credentials.ErrFile) {
		t.Errorf("written over: %v", err)
	}
	read, err := credentials.ReadAuthority(dir)
	if err != nil || read.Seed() != a.Seed() {
		t.Errorf("read back: %v", err)
	}
	path := filepath.Join(dir, "join")
	want := credentials.Invitation{URL: "nats://u:p@h:4222,nats://i:4222", Token: a.Token().Text()}
	if err := credentials.WriteInvitation(path, want); err != nil {
		t.Fatal(err)
	}
	if got, err := credentials.ReadInvitation(path); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := credentials.ReadInvitation(filepath.Join(dir, credentials.TokenFile)); !errors.Is(err, credentials.ErrFile) {
		t.Errorf("a token as a join file: %v", err)
	}
}
