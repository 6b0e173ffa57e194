package credentials

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

// Identity is a process's own key pair. Its public half, an NKey of 56 letters and digits, names it in
// subjects.
type Identity struct {
	pair nkeys.KeyPair
	id   string
}

// NewIdentity makes an identity.
func NewIdentity() (*Identity, error) {
	pair, err := nkeys.CreateUser()
	if err != nil {
		return nil, err
	}
	id, err := pair.PublicKey()
	return &Identity{pair: pair, id: id}, err
}

// ID names the identity.
func (i *Identity) ID() string { return i.id }

// ValidID says whether a text is the name of an identity.
func ValidID(id string) bool { return nkeys.IsValidPublicUserKey(id) }

// sign signs a text for one purpose.
func (i *Identity) sign(purpose string, parts ...string) ([]byte, error) {
	return i.pair.Sign(statement(purpose, parts...))
}

// SignNonce answers a server's challenge, in the form of the CONNECT message.
func (i *Identity) SignNonce(nonce []byte) (string, error) {
	signature, err := i.pair.Sign(nonce)
	return base64.RawURLEncoding.EncodeToString(signature), err
}

// signedNonce says whether an identity has answered a challenge.
func signedNonce(id string, nonce []byte, answer string) bool {
	signature, err := base64.RawURLEncoding.DecodeString(answer)
	if err != nil {
		signature, err = base64.StdEncoding.DecodeString(answer)
	}
	if err != nil || len(nonce) == 0 {
		return false
	}
	key, err := nkeys.FromPublicKey(id)
	return err == nil && key.Verify(nonce, signature) == nil
}

// ticketJWT is the ticket as NATS transports it.
func (i *Identity) ticketJWT(t Token) (string, error) {
	claims := jwt.NewUserClaims(i.id)
	claims.Name = "ringmaster worker"
	return claims.Encode(t.join)
}

// Options are what a connection of this identity is made with that shows a ticket.
func (i *Identity) Options(t Token) []nats.Option {
	return i.options(func() (string, error) { return i.ticketJWT(t) })
}

// PassOptions are what a connection of this identity is made with that shows a pass.
func (i *Identity) PassOptions(pass string) []nats.Option {
	return i.options(func() (string, error) { return pass, nil })
}

// options show a JWT in the place of a password, and have the server's nonce signed. nats-server keeps
// what is in the JWT's own place only where an operator is configured, and a server of somebody else, which asks
// for nothing of this, must not be kept from letting us in.
func (i *Identity) options(text func() (string, error)) []nats.Option {
	show := func() (string, string) {
		shown, err := text()
		if err != nil { // then nothing is shown, and the server says so
			shown = ""
		}
		return jwtUser, shown
	}
	return []nats.Option{
		nats.CustomInboxPrefix(Inbox(i.id)), nats.UserInfoHandler(show),
		nats.UserJWT(func() (string, error) { return jwtUser, nil }, i.pair.Sign),
	}
}

const jwtUser = "jwt"

// Admits says which identity connects to the coordinator's server with a JWT and an answer to
// the server's challenge. A ticket has no permissions in it; a pass of the coordinator's
// for audience has.
func (a *Authority) Admits(audience, text string, nonce []byte, answer string) (id string, pass *Permissions, err error) {
	claims, err := jwt.DecodeUserClaims(text)
	if err != nil {
		return "", nil, fmt.Errorf("%w: no ticket", ErrTicket)
	}
	join, err := a.token.join.PublicKey()
	if err != nil {
		return "", nil, err
	}
	switch {
	case !signedNonce(claims.Subject, nonce, answer):
		return "", nil, fmt.Errorf("%w: the challenge is not answered", ErrTicket)
	case claims.Issuer == join:
		return claims.Subject, nil, nil
	case claims.Issuer == a.token.issuer && claims.Audience == audience:
		return claims.Subject, permissionsOf(claims), nil
	}
	return "", nil, fmt.Errorf("%w: a ticket of another run", ErrTicket)
}

const ticketPurpose = "ringmaster ticket"

// Ticket is the proof that this identity has the run's token, as a message carries it.
func (i *Identity) Ticket(t Token) ([]byte, error) {
	return t.join.Sign(statement(ticketPurpose, i.id))
}

// CheckTicket says whether an identity has shown that it has the run's token.
func (a *Authority) CheckTicket(id string, ticket []byte) error {
	if !ValidID(id) || a.token.join.Verify(statement(ticketPurpose, id), ticket) != nil {
		return fmt.Errorf("%w: it has no token, or that of another run", ErrTicket)
	}
	return nil
}

// statement is what is signed: parts that cannot be taken for one another's, nor for those of another
// purpose.
func statement(purpose string, parts ...string) []byte {
	text := []byte(purpose)
	for _, part := range parts {
		text = fmt.Appendf(text, "\n%d:%s", len(part), part)
	}
	return text
}

// verify checks the authority's signature.
func (t Token) verify(signature []byte, purpose string, parts ...string) bool {
	return len(t.public) == ed25519.PublicKeySize && ed25519.Verify(t.public, statement(purpose, parts...), signature)
}
