package credentials

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"

	"github.com/nats-io/nkeys"
)

const (
	seedPrefix  = "rms1-"
	tokenPrefix = "rmt1-"
	keyBytes    = 32
	sumBytes    = 4 // of a text's checksum: one that was not copied whole is told from a wrong one
)

// texts has lower-case letters and digits only: safe in URLs, shells, YAML and file names.
var texts = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Authority is what a coordinator holds of its run.
type Authority struct {
	seed  []byte // nil where the token was made up
	key   ed25519.PrivateKey
	nkey  nkeys.KeyPair // the same key, as NATS has it
	token Token
}

// Token is what a worker holds of its run.
type Token struct {
	text   string
	join   nkeys.KeyPair
	public ed25519.PublicKey // of the authority
	issuer string            // the same key, as NATS has it
	madeUp bool
}

// New makes the credentials of a run.
func New() *Authority {
	seed := make([]byte, keyBytes)
	_, _ = rand.Read(seed) // it never fails
	a, err := fromSeed(seed)
	if err != nil {
		panic(err) // keys of the right size can always be made
	}
	return a
}

// ParseSeed reads a seed's text.
func ParseSeed(text string) (*Authority, error) {
	seed, err := parse(strings.TrimSpace(text), seedPrefix, keyBytes, ErrSeed)
	if err != nil {
		return nil, err
	}
	return fromSeed(seed)
}

// MadeUp makes an authority of a token that a person has made up.
func MadeUp(token string) (*Authority, error) {
	a, err := fromSeed([]byte(token))
	if err != nil {
		return nil, err
	}
	a.seed, a.token.text, a.token.madeUp = nil, token, true
	return a, nil
}

// ParseToken reads a token's text, or takes one that a person has made up.
func ParseToken(text string) (Token, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return Token{}, fmt.Errorf("%w: it is empty", ErrToken)
	}
	if strings.HasPrefix(text, seedPrefix) {
		return Token{}, fmt.Errorf("%w: it is the seed, which is the coordinator's alone; workers need the token", ErrToken)
	}
	if !IsToken(text) {
		a, err := MadeUp(text)
		if err != nil {
			return Token{}, err
		}
		return a.token, nil
	}
	keys, err := parse(text, tokenPrefix, 2*keyBytes, ErrToken)
	if err != nil {
		return Token{}, err
	}
	return newToken(keys[:keyBytes], keys[keyBytes:])
}

// IsToken says whether a text is in the form of a token that was not made up.
func IsToken(text string) bool { return strings.HasPrefix(text, tokenPrefix) }

func fromSeed(seed []byte) (*Authority, error) {
	derive := func(what string) ([]byte, error) {
		return hkdf.Key(sha256.New, seed, nil, "ringmaster "+what, keyBytes)
	}
	authority, err := derive("authority")
	if err != nil {
		return nil, err
	}
	join, err := derive("join")
	if err != nil {
		return nil, err
	}
	a := &Authority{seed: bytes.Clone(seed), key: ed25519.NewKeyFromSeed(authority)}
	if a.nkey, err = nkeys.FromRawSeed(nkeys.PrefixByteAccount, authority); err != nil {
		return nil, err
	}
	a.token, err = newToken(join, a.key.Public().(ed25519.PublicKey))
	return a, err
}

func newToken(join, public []byte) (t Token, err error) {
	t.text = write(tokenPrefix, append(bytes.Clone(join), public...))
	t.public = ed25519.PublicKey(public)
	if t.join, err = nkeys.FromRawSeed(nkeys.PrefixByteAccount, join); err != nil {
		return t, err
	}
	issuer, err := nkeys.Encode(nkeys.PrefixByteAccount, public)
	t.issuer = string(issuer)
	return t, err
}

// Seed is the authority as text; empty where its token was made up.
func (a *Authority) Seed() string {
	if a.seed == nil {
		return ""
	}
	return write(seedPrefix, a.seed)
}

// ID names the authority: its public key, which is no secret.
func (a *Authority) ID() string { return a.token.issuer }

// Token is what the run's workers are given.
func (a *Authority) Token() Token { return a.token }

// Text is the token as text: a secret.
func (t Token) Text() string { return t.text }

// MadeUp says whether a person has made the token up.
func (t Token) MadeUp() bool { return t.madeUp }

// String hides the token where it is printed by mistake.
func (t Token) String() string { return "(a token)" }

func write(prefix string, secret []byte) string {
	sum := sha256.Sum256(append([]byte(prefix), secret...))
	return prefix + texts.EncodeToString(append(bytes.Clone(secret), sum[:sumBytes]...))
}

func parse(text, prefix string, size int, wrong error) ([]byte, error) {
	rest, is := strings.CutPrefix(text, prefix)
	if !is {
		return nil, fmt.Errorf("%w: it does not begin with %s", wrong, prefix)
	}
	secret, err := texts.DecodeString(rest)
	if err != nil || len(secret) != size+sumBytes || write(prefix, secret[:size]) != text {
		return nil, fmt.Errorf("%w: characters are missing or wrong; copy all of it", wrong)
	}
	return secret[:size], nil
}
