package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/minio/minio-go/v7"

	"ringmaster/config"
	"ringmaster/durable"
	"ringmaster/errkind"
)

// What an S3 server, or what it holds, may be.
var (
	ErrNoObject     = errors.New("no such object")
	ErrNoBucket     = errors.New("no such bucket")
	ErrDenied       = errors.New("access denied")
	ErrCredentials  = errors.New("no credentials")
	ErrUnreachable  = errors.New("the S3 server cannot be reached")
	ErrDamaged      = errors.New("the object does not match its checksum")
	ErrChanged      = errors.New("the object was replaced meanwhile")
	ErrNotFolder    = errors.New("no objects")
	errClientClosed = errors.New("no bytes came for too long")
)

// explain says what a failed request means for a person: which object, why, what to do.
func (s *Store) explain(at config.S3Address, err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, durable.ErrNoRoom) {
		return err
	}
	code := minio.ToErrorResponse(err)
	say := func(kind error, format string, args ...any) error {
		return errkind.Errorf(kind, "%s: "+format, append([]any{at}, args...)...)
	}
	switch {
	case errors.Is(err, ErrDamaged), errors.Is(err, ErrChanged):
		return err
	case (code.StatusCode == http.StatusForbidden || code.StatusCode == http.StatusUnauthorized) && s.anonymous():
		return say(ErrCredentials, "the S3 server %s lets nobody in without credentials, and there are none in the environment: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the pod a role", s.where)
	case code.Code == minio.InvalidAccessKeyID, strings.HasSuffix(code.Code, "UserNotFound"), code.Code == "SignatureDoesNotMatch", code.Code == "ExpiredToken", code.Code == "InvalidToken":
		return say(ErrDenied, "the S3 server %s does not accept the credentials of the environment (%s): check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or the pod's role", s.where, code.Code)
	case code.Code == minio.NoSuchBucket, code.StatusCode == http.StatusNotFound && code.Code == "NotFound":
		return say(ErrNoBucket, "the S3 server %s has no bucket %s: make it, or correct the address", s.where, at.Bucket)
	case code.Code == minio.NoSuchKey, code.StatusCode == http.StatusNotFound && code.Code == "":
		return say(ErrNoObject, "the bucket %s has no object %s: upload it, or correct the address", at.Bucket, at.Key)
	case code.StatusCode == http.StatusPreconditionFailed:
		return say(ErrChanged, "the object was replaced while it was read: start again")
	case code.Code == "RequestTimeTooSkewed":
		return say(ErrDenied, "the S3 server %s refuses requests whose time differs from its own by more than 15 minutes: set this machine's clock", s.where)
	case code.StatusCode == http.StatusForbidden, code.StatusCode == http.StatusUnauthorized:
		return say(ErrDenied, "the S3 server %s allows these credentials no such access (%s): allow GetObject, PutObject, DeleteObject on %s/* and ListBucket on its bucket", s.where, code.Code, at)
	case code.StatusCode != 0:
		return fmt.Errorf("%s: the S3 server %s answered %d %s: %s", at, s.where, code.StatusCode, code.Code, strings.TrimSuffix(code.Message, "."))
	default:
		return errkind.Errorf(ErrUnreachable, "%s: the S3 server %s cannot be reached (%w): check storage.endpoint, and that this machine may connect to it", at, s.where, err)
	}
}

// passing says whether the same request may succeed later.
func passing(err error) bool {
	var broken interface{ Timeout() bool }
	code := minio.ToErrorResponse(err)
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, durable.ErrNoRoom), errors.Is(err, ErrDamaged), errors.Is(err, ErrChanged):
		return false
	case errors.Is(err, errClientClosed), errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &broken):
		return true
	case code.StatusCode == 0:
		return true // of the connection
	}
	return code.StatusCode >= 500 || code.StatusCode == http.StatusTooManyRequests || code.StatusCode == http.StatusRequestTimeout
}
