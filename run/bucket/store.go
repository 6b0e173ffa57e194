package bucket

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	_ "golang.org/x/crypto/x509roots/fallback" // an image from scratch has no certificates of its own

	"ringmaster/config"
	"ringmaster/errkind"
)

// Store is an S3 server's buckets.
type Store struct {
	core  *minio.Core
	creds *credentials.Credentials
	where string // the server, for messages
	pause time.Duration
}

const (
	amazon = "https://s3.amazonaws.com"
	// connectTimeout, headerTimeout: a server that takes longer is asked again.
	connectTimeout = 10 * time.Second
	headerTimeout  = 30 * time.Second
	// stallTimeout is how long a transfer may stand still.
	stallTimeout = time.Minute
	// mostTries is how often what brings no byte further is tried, with pauses of firstPause, twice
	// that, and so on to longestPause: about half a minute.
	mostTries    = 7
	firstPause   = 500 * time.Millisecond
	longestPause = 8 * time.Second
)

// Open speaks of the buckets of a run's S3 server. It connects to nothing yet.
func Open(c config.Storage) (*Store, error) {
	endpoint := cmp.Or(c.Endpoint, os.Getenv("AWS_ENDPOINT_URL_S3"), os.Getenv("AWS_ENDPOINT_URL"), amazon)
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" {
		return nil, errkind.Errorf(ErrUnreachable, "%q is not the address of an S3 server: correct storage.endpoint", config.RedactURLs(endpoint))
	}
	transport, err := minio.DefaultTransport(u.Scheme == "https")
	if err != nil {
		return nil, err
	}
	transport.DialContext = (&net.Dialer{Timeout: connectTimeout, KeepAlive: 15 * time.Second}).DialContext
	transport.ResponseHeaderTimeout = headerTimeout
	creds := chain(endpoint == amazon)
	core, err := minio.NewCore(u.Host, &minio.Options{
		Creds: creds, Secure: u.Scheme == "https", Transport: transport, MaxRetries: 1, // Store tries again itself
		Region: cmp.Or(c.Region, os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION")),
	})
	if err != nil {
		return nil, errkind.Errorf(ErrUnreachable, "%s is not the address of an S3 server (%w): correct storage.endpoint", u.Host, err)
	}
	return &Store{core: core, creds: creds, where: u.Host, pause: firstPause}, nil
}

// chain is where credentials are looked for, in this order.
func chain(onAmazon bool) *credentials.Credentials {
	providers := []credentials.Provider{&credentials.EnvAWS{}, &credentials.FileAWSCredentials{}}
	// Elsewhere nobody answers at the address of Amazon's metadata, and the wait would be long.
	if onAmazon || hasRole() {
		providers = append(providers, &credentials.IAM{})
	}
	return credentials.NewChainCredentials(providers)
}

// hasRole says whether a pod was given a role.
func hasRole() bool {
	for _, name := range []string{"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"} {
		if os.Getenv(name) != "" {
			return true
		}
	}
	return false
}

// anonymous says whether the environment has no credentials: what everybody may read can be read.
func (s *Store) anonymous() bool {
	value, err := s.creds.GetWithContext(nil)
	return err == nil && value.AccessKeyID == ""
}

// Object is an object as it was when it was looked at.
type Object struct {
	At   config.S3Address
	Size int64
	ETag string
	// Version tells what the object holds from what it held before: its ETag, or where the server
	// gives none, the time it was put.
	Version string
	SHA256  string // in hexadecimal; empty where this package did not put it, and from List
}

// sumKey is the name under which an object's SHA-256 is kept with it.
const sumKey = "Sha256"

// Stat looks at an object.
func (s *Store) Stat(ctx context.Context, at config.S3Address) (o Object, err error) {
	err = s.again(ctx, at, func(ctx context.Context) error {
		info, err := s.core.StatObject(ctx, at.Bucket, at.Key, minio.StatObjectOptions{})
		o = Object{At: at, Size: info.Size, ETag: info.ETag, Version: versionOf(info), SHA256: info.UserMetadata[sumKey]}
		return err
	})
	if errors.Is(err, ErrNoObject) { // the answer does not say whether there is a bucket
		if there, asked := s.core.BucketExists(ctx, at.Bucket); asked == nil && !there {
			err = s.explain(at, minio.ErrorResponse{StatusCode: http.StatusNotFound, Code: minio.NoSuchBucket})
		}
	}
	return o, err
}

func versionOf(info minio.ObjectInfo) string {
	return cmp.Or(strings.Trim(info.ETag, `"`), info.LastModified.UTC().Format(time.RFC3339Nano))
}

// List lists the objects whose keys are below an address, at any depth. An address without any
// is none of an error.
func (s *Store) List(ctx context.Context, under config.S3Address) (list []Object, err error) {
	prefix := under.Key
	if prefix != "" {
		prefix += "/"
	}
	err = s.again(ctx, under, func(ctx context.Context) error {
		list = nil
		for info := range s.core.Client.ListObjects(ctx, under.Bucket, minio.ListObjectsOptions{Prefix: prefix, Recursive: true}) {
			if info.Err != nil {
				return info.Err
			}
			if strings.HasSuffix(info.Key, "/") { // what some tools put in for a folder
				continue
			}
			list = append(list, Object{At: config.S3Address{Bucket: under.Bucket, Key: info.Key}, Size: info.Size, ETag: info.ETag, Version: versionOf(info)})
		}
		return nil
	})
	return list, err
}

// Remove removes an object. One that is not there is none of an error.
func (s *Store) Remove(ctx context.Context, at config.S3Address) error {
	return s.again(ctx, at, func(ctx context.Context) error {
		return s.core.RemoveObject(ctx, at.Bucket, at.Key, minio.RemoveObjectOptions{})
	})
}

// again does a request until it succeeds, cannot, or has failed too often.
func (s *Store) again(ctx context.Context, at config.S3Address, request func(context.Context) error) error {
	t := tries{pause: s.pause}
	for {
		err := request(ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !passing(err) || !t.more(ctx) {
			return s.explain(at, err)
		}
	}
}

// errNoBytes is the cause with which a transfer that stands still is ended.
var errNoBytes = errors.Join(errClientClosed)

// watched gives ctx an end when moved is not called for too long.
func watched(ctx context.Context) (_ context.Context, moved, done func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(stallTimeout, func() { cancel(errNoBytes) })
	return ctx, func() { timer.Reset(stallTimeout) }, func() { timer.Stop(); cancel(nil) }
}
