package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"ringmaster/run/bucket/s3test"
)

// inBucket declares the desk's run with corpora and model in a bucket, and keeps the run there.
func inBucket(t *testing.T, d *desk, srv *s3test.Server) {
	t.Helper()
	copied := func(from, to string) {
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		writeFile(t, to, string(text))
	}
	entries, err := os.ReadDir(d.at("model"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		copied(d.at("model", e.Name()), filepath.Join(srv.Folder(), "models", "tiny", e.Name()))
	}
	copied(d.at("empathy.csv"), filepath.Join(srv.Folder(), "corpora", "empathy.csv"))
	text := strings.ReplaceAll(runFile, "./model", srv.At("models/tiny").String())
	text = strings.ReplaceAll(text, "path: empathy.csv", "path: "+srv.At("corpora/empathy.csv").String())
	writeFile(t, d.at("run.yaml"), text+"storage: {url: "+srv.At("runs").String()+", endpoint: \"http://"+srv.Address+"\", region: us-east-1}\n")
}

// A run whose corpora, model, checkpoints and result are in a bucket goes on after its coordinator
// was killed and its disk is gone: a fresh pod brings it back, and the same steps come of it.
func TestARunComesBackFromABucket(t *testing.T) {
	srv := s3test.Start(t)
	s := newShareless(t)
	inBucket(t, s.d, srv)
	s.coordinator.env = []string{"AWS_ACCESS_KEY_ID=" + s3test.AccessKey, "AWS_SECRET_ACCESS_KEY=" + s3test.SecretKey, "RINGMASTER_TOKEN=as-a-secret-gives-it"}
	s.configure(t, "train.steps=120", "checkpoint.every=20", "method=kd")
	s.push(t).exits(t, 0) // the two corpora that are not in the bucket
	coordinator := s.coordinate(t)
	workers := s.join(t, urlOfRun(t, s, coordinator))
	steps := func() int { return s.d.steps(t, s.coordinator.has("apart"), "student") }
	kept := filepath.Join(srv.Folder(), "runs", "apart", "checkpoints")
	coordinator.await(t, "a checkpoint in the bucket", func() bool {
		found, err := filepath.Glob(filepath.Join(kept, "step-*", "checksums.sha256"))
		return err == nil && len(found) > 0 && steps() > 30
	})
	if err := coordinator.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	coordinator.wait(t, patience)
	for _, p := range workers { // they had connected to a port that is not known any more
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
	s.coordinator.wipe(t)
	s.configure(t, "train.steps=120", "checkpoint.every=20", "method=kd")
	s.push(t).exits(t, 0)
	second := s.coordinate(t)
	for _, p := range append(s.join(t, urlOfRun(t, s, second)), second) {
		p.wait(t, patience)
		p.exits(t, 0)
	}
	said := second.stdout.String()
	for _, want := range []string{"the run was restored from s3://", "the run is in s3://ringmaster-test/runs/apart"} {
		if !strings.Contains(said, want) {
			t.Errorf("it did not say %q:\n%s", want, said)
		}
	}
	s.d.passesAudit(t, filepath.Join(srv.Folder(), "runs", "apart"))
	if n := s.d.steps(t, filepath.Join(srv.Folder(), "runs", "apart"), "student"); n != 120 {
		t.Errorf("%d steps are in the bucket, want 120", n)
	}
	if _, err := os.Stat(filepath.Join(srv.Folder(), "runs", "apart", "model", "model.safetensors")); err != nil {
		t.Error(err)
	}
}

// urlOfRun is where workers join a coordinator whose token was given.
func urlOfRun(t *testing.T, s *shareless, p *process) string {
	t.Helper()
	return strings.Replace(strings.TrimSuffix(joinURL(t, p), ","), "nats://", "nats://as-a-secret-gives-it@", 1)
}
