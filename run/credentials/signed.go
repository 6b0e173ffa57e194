package credentials

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

// signatureHeader carries a message's signature, and of a request its count.
const signatureHeader = "Ringmaster"

// SignatureRoom is the most that a signature adds to a message.
const SignatureRoom = 256

const (
	requestPurpose = "ringmaster request"
	answerPurpose  = "ringmaster answer"
)

// Counter numbers the requests of a process.
type Counter struct{ last atomic.Uint64 }

// Request signs a worker's request, whose subject and data are there. number is what its answer is
// bound to.
func (i *Identity) Request(m *nats.Msg, count *Counter) (number string, err error) {
	number = strconv.FormatUint(count.last.Add(1), 10)
	signature, err := i.sign(requestPurpose, m.Subject, number, string(m.Data))
	if err != nil {
		return "", err
	}
	m.Header = nats.Header{signatureHeader: {number + "." + base64.RawURLEncoding.EncodeToString(signature)}}
	return number, nil
}

// CheckRequest checks that a request was signed by the identity that its subject belongs to, and that
// its answer goes to that identity. It returns the request's count.
func CheckRequest(m *nats.Msg, id string) (count uint64, err error) {
	number, text, _ := strings.Cut(m.Header.Get(signatureHeader), ".")
	signature, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || !ValidID(id) {
		return 0, ErrSignature
	}
	key, err := nkeys.FromPublicKey(id)
	if err != nil || key.Verify(statement(requestPurpose, m.Subject, number, string(m.Data)), signature) != nil {
		return 0, ErrSignature
	}
	if m.Reply != "" && !OwnsInbox(id, m.Reply) {
		return 0, fmt.Errorf("%w: its answer would go to somebody else", ErrSignature)
	}
	count, err = strconv.ParseUint(number, 10, 64)
	if err != nil {
		return 0, ErrSignature
	}
	return count, nil
}

// Answer is the coordinator's answer to a request that CheckRequest has passed, signed.
func (a *Authority) Answer(request *nats.Msg, id string, data []byte) *nats.Msg {
	number, _, _ := strings.Cut(request.Header.Get(signatureHeader), ".")
	signature := ed25519.Sign(a.key, statement(answerPurpose, id, number, string(data)))
	return &nats.Msg{
		Subject: request.Reply, Data: data,
		Header: nats.Header{signatureHeader: {base64.RawURLEncoding.EncodeToString(signature)}},
	}
}

// CheckAnswer checks that an answer is the coordinator's, to the request of that number.
func (t Token) CheckAnswer(m *nats.Msg, id, number string) error {
	signature, err := base64.RawURLEncoding.DecodeString(m.Header.Get(signatureHeader))
	if err != nil || !t.verify(signature, answerPurpose, id, number, string(m.Data)) {
		return ErrSignature
	}
	return nil
}
