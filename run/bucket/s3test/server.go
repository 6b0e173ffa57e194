package s3test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ringmaster/cachedir"
	"ringmaster/config"
)

const (
	module  = "github.com/versity/versitygw"
	version = "v1.8.0"

	// AccessKey and SecretKey are the server's.
	AccessKey = "ringmaster-test"
	SecretKey = "ringmaster-test-secret"

	startTime = 20 * time.Second
	buildTime = 10 * time.Minute
)

// Server is a running server with one bucket.
type Server struct {
	Address string // HOST:PORT
	Bucket  string
	dir     string
	cmd     *exec.Cmd
}

// Start starts a server that ends with the test, and sets the credentials in the environment. The
// test is skipped where the server cannot be built.
func Start(t *testing.T) *Server {
	t.Helper()
	program := build(t)
	s := &Server{Bucket: "ringmaster-test", dir: t.TempDir()}
	for _, dir := range []string{s.dir + "/data/" + s.Bucket, s.dir + "/meta"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("AWS_ACCESS_KEY_ID", AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", SecretKey)
	t.Setenv("AWS_SESSION_TOKEN", "")
	t.Setenv("AWS_ENDPOINT_URL", "")
	s.Address = freeAddress(t)
	s.start(t, program)
	t.Cleanup(func() { s.Stop() })
	return s
}

// Storage is what a run file says of the server.
func (s *Server) Storage() config.Storage {
	return config.Storage{Endpoint: "http://" + s.Address, Region: "us-east-1"}
}

// At is the address of an object in the bucket.
func (s *Server) At(key string) config.S3Address { return config.S3Address{Bucket: s.Bucket, Key: key} }

// Folder is where the bucket's objects are, as files.
func (s *Server) Folder() string { return filepath.Join(s.dir, "data", s.Bucket) }

// Stop ends the server; what it keeps stays.
func (s *Server) Stop() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait() // it was killed
}

// Again starts a stopped server at its address.
func (s *Server) Again(t *testing.T) {
	t.Helper()
	s.start(t, build(t))
}

func (s *Server) start(t *testing.T, program string) {
	t.Helper()
	s.cmd = exec.Command(program, "--port", s.Address, "--quiet", "posix", "--sidecar", filepath.Join(s.dir, "meta"), filepath.Join(s.dir, "data"))
	s.cmd.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+AccessKey, "ROOT_SECRET_KEY="+SecretKey)
	var said strings.Builder
	s.cmd.Stdout, s.cmd.Stderr = &said, &said
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(startTime); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", s.Address)
		if err == nil {
			_ = conn.Close()
			return
		}
		if time.Now().After(until) {
			s.Stop()
			t.Fatalf("the S3 server does not listen: %v\n%s", err, said.String())
		}
	}
}

// build gives the server's program.
func build(t *testing.T) string {
	t.Helper()
	cache, err := cachedir.Dir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, "tools", "versitygw-"+version)
	program := filepath.Join(dir, "versitygw")
	if _, err := os.Stat(program); err == nil {
		return program
	}
	ctx, cancel := context.WithTimeout(context.Background(), buildTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "install", fmt.Sprintf("%s/cmd/versitygw@%s", module, version))
	// Without this module's flags, and without cgo, which would take minutes.
	cmd.Env = append(os.Environ(), "GOBIN="+dir, "GOFLAGS=", "CGO_ENABLED=0")
	cmd.Dir = os.TempDir()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("no S3 server: %s %s cannot be built (%v), so nothing that is kept in buckets is tested\n%s", module, version, err, out)
	}
	return program
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() // it was opened to learn a free port
	return l.Addr().String()
}
