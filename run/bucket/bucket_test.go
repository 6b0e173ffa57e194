package bucket_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"ringmaster/config"
	"ringmaster/durable"
	"ringmaster/run/bucket"
	"ringmaster/run/bucket/s3test"
)

func open(t *testing.T, c config.Storage) *bucket.Store {
	t.Helper()
	s, err := bucket.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// noise writes a file of n bytes that are not regular.
func noise(t *testing.T, n int) (path string, content []byte) {
	t.Helper()
	content = make([]byte, n)
	if _, err := rand.NewChaCha8([32]byte{5}).Read(content); err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path, content
}

func TestPutAndGet(t *testing.T) {
	srv, ctx := s3test.Start(t), context.Background()
	s := open(t, srv.Storage())
	for _, size := range []int{0, 1, 70 << 20} { // of no part, of one, of several
		path, want := noise(t, size)
		at := srv.At("folder/with space/ä.bin")
		if err := s.Put(ctx, at, path, int64(size), nil); err != nil {
			t.Fatal(err)
		}
		o, err := s.Stat(ctx, at)
		sum, _ := durable.Sum(path)
		if err != nil || o.Size != int64(size) || o.SHA256 != sum.SHA256 {
			t.Fatalf("%+v, %v; want %+v", o, err, sum)
		}
		to := filepath.Join(t.TempDir(), "copy")
		if err := s.Get(ctx, o, to, nil); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(to); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes differ from the %d that were put; %v", len(got), size, err)
		}
		list, err := s.List(ctx, srv.At("folder"))
		if err != nil || len(list) != 1 || list[0].At != at || list[0].Size != int64(size) {
			t.Errorf("%+v, %v", list, err)
		}
	}
	if err := errors.Join(s.Remove(ctx, srv.At("folder/with space/ä.bin")), s.Remove(ctx, srv.At("never"))); err != nil {
		t.Error(err)
	}
	if list, err := s.List(ctx, srv.At("folder")); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
}

// A connection that is cut again and again costs requests, and no byte: what had come stays.
func TestGetGoesOnAfterCuts(t *testing.T) {
	srv, ctx := s3test.Start(t), context.Background()
	path, want := noise(t, 3<<20)
	if err := open(t, srv.Storage()).Put(ctx, srv.At("file"), path, int64(len(want)), nil); err != nil {
		t.Fatal(err)
	}
	proxy := toxiproxy.NewProxy(toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop()), "s3", "127.0.0.1:0", srv.Address)
	if err := proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Stop)
	through := srv.Storage()
	through.Endpoint = "http://" + proxy.Listen
	s := open(t, through)
	o, err := s.Stat(ctx, srv.At("file"))
	if err != nil {
		t.Fatal(err)
	}
	// Each connection ends after so many bytes.
	if _, err := proxy.Toxics.AddToxicJson(strings.NewReader(`{"name":"cut","type":"limit_data","stream":"downstream","attributes":{"bytes":900000}}`)); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "copy")
	if err := s.Get(ctx, o, to, nil); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(to); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes that differ; %v", len(got), err)
	}
}

// What another process had fetched before it was killed is not fetched again, unless it is wrong.
func TestGetGoesOnFromWhatIsThere(t *testing.T) {
	srv, ctx := s3test.Start(t), context.Background()
	s := open(t, srv.Storage())
	path, want := noise(t, 1<<20)
	if err := s.Put(ctx, srv.At("file"), path, int64(len(want)), nil); err != nil {
		t.Fatal(err)
	}
	o, err := s.Stat(ctx, srv.At("file"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		had     []byte
		fetched int64
	}{
		"a beginning":       {want[:600_000], int64(len(want)) - 600_000},
		"another beginning": {make([]byte, 600_000), 2*int64(len(want)) - 600_000},
		"too much":          {make([]byte, 2<<20), int64(len(want))},
	} {
		to := filepath.Join(t.TempDir(), "copy")
		if err := os.WriteFile(to+durable.PartSuffix, c.had, 0o600); err != nil {
			t.Fatal(err)
		}
		var fetched int64
		if err := s.Get(ctx, o, to, func(n int64) { fetched += n }); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(to); err != nil || !bytes.Equal(got, want) || fetched != c.fetched {
			t.Errorf("%s: %d bytes fetched, want %d; %v", name, fetched, c.fetched, err)
		}
	}
	o.SHA256 = strings.Repeat("0", 64)
	to := filepath.Join(t.TempDir(), "copy")
	if err := s.Get(ctx, o, to, nil); !errors.Is(err, bucket.ErrDamaged) {
		t.Errorf("another content than was promised: %v", err)
	}
	if _, err := os.Stat(to); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it got its name: %v", err)
	}
	o.ETag = "0123456789abcdef0123456789abcdef"
	if err := s.Get(ctx, o, to, nil); !errors.Is(err, bucket.ErrChanged) {
		t.Errorf("an object that was replaced: %v", err)
	}
}

// Each fault is an error that names bucket and key, says what to do, and holds no secret.
func TestFaultsAreExplained(t *testing.T) {
	srv, ctx := s3test.Start(t), context.Background()
	good := open(t, srv.Storage())
	stat := func(s *bucket.Store, at config.S3Address) error { _, err := s.Stat(ctx, at); return err }
	list := func(s *bucket.Store, at config.S3Address) error { _, err := s.List(ctx, at); return err }
	put := func(s *bucket.Store, at config.S3Address) error {
		path, _ := noise(t, 10)
		return s.Put(ctx, at, path, 10, nil)
	}
	check := func(name string, err, kind error, words ...string) {
		t.Helper()
		if !errors.Is(err, kind) {
			t.Errorf("%s: %v; want %v", name, err, kind)
			return
		}
		for _, word := range words {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %q does not say %q", name, err, word)
			}
		}
		if strings.Contains(err.Error(), s3test.SecretKey) {
			t.Errorf("%s: %q holds the secret", name, err)
		}
	}
	missing := config.S3Address{Bucket: "no-such-bucket", Key: "a/b.csv"}
	check("no object", stat(good, srv.At("a/b.csv")), bucket.ErrNoObject, "s3://ringmaster-test/a/b.csv", "upload")
	check("no bucket to look in", stat(good, missing), bucket.ErrNoBucket, "no-such-bucket")
	check("no bucket", put(good, missing), bucket.ErrNoBucket, "no-such-bucket", "make it")
	check("no bucket to list", list(good, missing), bucket.ErrNoBucket, "no-such-bucket")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "another")
	check("another secret", list(open(t, srv.Storage()), srv.At("a")), bucket.ErrDenied, "AWS_SECRET_ACCESS_KEY")
	t.Setenv("AWS_ACCESS_KEY_ID", "nobody")
	check("another key", put(open(t, srv.Storage()), srv.At("a")), bucket.ErrDenied, "AWS_ACCESS_KEY_ID")
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(t.TempDir(), "none"))
	check("no credentials", list(open(t, srv.Storage()), srv.At("a")), bucket.ErrCredentials, "AWS_ACCESS_KEY_ID")
}
