package credentials

import (
	"fmt"
	"time"

	"github.com/nats-io/jwt/v2"
)

// Pass lets an identity connect to one server, and publish and subscribe there to what is named.
// audience names the server.
func (a *Authority) Pass(id, audience string, may Permissions) (string, error) {
	claims := jwt.NewUserClaims(id)
	claims.Name, claims.Audience = "ringmaster pass", audience
	claims.Pub.Allow.Add(may.Publish...)
	claims.Sub.Allow.Add(may.Subscribe...)
	if may.Respond {
		claims.Resp = &jwt.ResponsePermission{MaxMsgs: 1, Expires: time.Minute}
	}
	return claims.Encode(a.nkey)
}

// CheckPass is what a worker's server lets an identity do that shows a pass and answers the
// server's challenge.
func (t Token) CheckPass(audience, text string, nonce []byte, answer string) (*Permissions, error) {
	claims, err := jwt.DecodeUserClaims(text)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: none was shown", ErrPass)
	case claims.Issuer != t.issuer:
		return nil, fmt.Errorf("%w: not signed by this run's coordinator", ErrPass)
	case claims.Audience != audience:
		return nil, fmt.Errorf("%w: it is for another server", ErrPass)
	case !signedNonce(claims.Subject, nonce, answer):
		return nil, fmt.Errorf("%w: it is another worker's", ErrPass)
	}
	return permissionsOf(claims), nil
}

func permissionsOf(claims *jwt.UserClaims) *Permissions {
	return &Permissions{Publish: claims.Pub.Allow, Subscribe: claims.Sub.Allow, Respond: claims.Resp != nil}
}
