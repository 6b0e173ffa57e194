package mirror_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ringmaster/run/bucket"
	"ringmaster/run/bucket/s3test"
	"ringmaster/run/directory"
	"ringmaster/run/mirror"
)

// place is a run on a disk, and its copy in a bucket.
type place struct {
	t   *testing.T
	srv *s3test.Server
	top string // of the disk
	m   *mirror.Mirror
}

func newPlace(t *testing.T, srv *s3test.Server) *place {
	t.Helper()
	store, err := bucket.Open(srv.Storage())
	if err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, srv: srv, top: t.TempDir()}
	p.m = mirror.New(mirror.Options{
		Store: store, At: srv.At("runs/one"), Dir: p.dir(), Teachers: filepath.Join(p.top, "teachers"),
		Notify: func(format string, args ...any) { t.Logf(format, args...) },
	})
	return p
}

func (p *place) dir() directory.Layout { return directory.Layout(filepath.Join(p.top, "one")) }

func (p *place) put(name, content string) {
	p.t.Helper()
	at := filepath.Join(p.top, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, []byte(content), 0o600)); err != nil {
		p.t.Fatal(err)
	}
}

// begin makes a run with so many steps, and a checkpoint after each tenth, of which the last two stay.
func (p *place) begin(steps int) {
	p.t.Helper()
	d, err := directory.Create(string(p.dir()))
	if err != nil {
		p.t.Fatal(err)
	}
	teacher := filepath.Join(p.top, "teachers", "empathy-key")
	must(p.t, d.WriteConfig(func(w io.Writer) error { _, err := io.WriteString(w, "model: {base: minilm}\n"); return err }))
	must(p.t, d.WritePlan(directory.Plan{Teachers: map[string]string{"empathy": teacher}}))
	must(p.t, d.WriteControl(directory.Control{Seed: "a secret"}))
	p.put("teachers/empathy-key/config.json", "{}")
	p.put("one/teachers/abc.logits", "numbers")
	must(p.t, d.Record(directory.Entry{Opened: &directory.Opened{Run: "one", Started: time.Now()}}))
	must(p.t, d.Record(directory.Entry{Generation: &directory.Generation{Number: 1, Members: []string{"w"}}}))
	must(p.t, d.Record(directory.Entry{StageBegun: &directory.StageBegun{Name: "student", Generation: 1}}))
	for step := range steps {
		must(p.t, d.Commit(directory.Event{Stage: "student", Step: step, Generation: 1, World: 1}, directory.LedgerEntry{Stage: "student", Step: step}))
		if (step+1)%10 == 0 {
			p.checkpoint(d, step+1)
		}
	}
	must(p.t, d.Close())
}

func (p *place) checkpoint(d *directory.Dir, step int) {
	p.t.Helper()
	_, err := directory.OpenCheckpoints(d.Checkpoints()).Save(directory.Progress{Stage: "student", Steps: step, Total: 100, Complete: true}, directory.Keep{Last: 2},
		func(w *directory.CheckpointWriter) error {
			return w.File("state", func(out io.Writer) error { return json.NewEncoder(out).Encode(step) })
		})
	must(p.t, err)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// objects are the names in the bucket, below the run's address.
func (p *place) objects() (names []string) {
	p.t.Helper()
	top := filepath.Join(p.srv.Folder(), "runs", "one")
	err := filepath.WalkDir(top, func(at string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			name, _ := filepath.Rel(top, at)
			names = append(names, filepath.ToSlash(name))
		}
		return err
	})
	must(p.t, err)
	return names
}

func none(int64, int64) {}

func (p *place) restore() bool {
	p.t.Helper()
	restored, err := p.m.Restore(context.Background(), none)
	must(p.t, err)
	return restored
}

// A run comes back to an empty disk as it was copied, and nothing that is secret was.
func TestARunComesBackToAnEmptyDisk(t *testing.T) {
	srv, ctx := s3test.Start(t), context.Background()
	was := newPlace(t, srv)
	was.begin(25)
	must(t, was.m.Finish(ctx, none))
	for _, name := range was.objects() {
		if strings.Contains(name, "control") || strings.Contains(name, "lock") {
			t.Errorf("%s is in the bucket", name)
		}
	}
	is := newPlace(t, srv)
	if !is.restore() || is.restore() != true {
		t.Error("it was not restored, or not again before it was taken over")
	}
	for _, name := range []string{"teachers/empathy-key/config.json", "teachers/abc.logits", "one/teachers/abc.logits", "one/config.yaml"} {
		if _, err := os.Stat(filepath.Join(is.top, name)); err != nil {
			t.Error(err)
		}
	}
	d, err := directory.Resume(string(is.dir()))
	must(t, err)
	must(t, d.Restored("s3://x"))
	must(t, is.m.Restored())
	must(t, d.Close())
	if is.restore() {
		t.Error("it was restored over a run that is there")
	}
	if _, steps, _, err := is.dir().Committed(); err != nil || steps != 25 {
		t.Errorf("%d steps, %v", steps, err)
	}
	newest, ok, damaged, err := directory.OpenCheckpoints(is.dir().Checkpoints()).Newest("student", 25)
	if err != nil || !ok || newest.Step != 20 || len(damaged) > 0 {
		t.Errorf("%+v, %v, %v, %v", newest, ok, damaged, err)
	}
	record, _, err := is.dir().ReadRecord()
	if err != nil || record.Back == nil || record.Back.To != 25 {
		t.Errorf("what workers hold would still count: %+v, %v", record.Back, err)
	}
}

// Checkpoints that the run has removed go from the bucket too, and what it has not changed stays.
func TestTheCopyFollowsTheRun(t *testing.T) {
	srv, ctx := s3test.Start(t), context.Background()
	p := newPlace(t, srv)
	p.begin(20)
	must(t, p.m.Finish(ctx, none))
	d, err := directory.Resume(string(p.dir()))
	must(t, err)
	p.checkpoint(d, 30)
	must(t, d.Close())
	var sent int64
	must(t, p.m.Finish(ctx, func(n, _ int64) { sent = n }))
	names := p.objects()
	if slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, "checkpoints/step-10/") }) ||
		!slices.Contains(names, "checkpoints/step-30/checksums.sha256") || !slices.Contains(names, "checkpoints/step-20/state") {
		t.Errorf("the bucket has %v", names)
	}
	info, err := os.Stat(filepath.Join(string(p.dir()), "checkpoints", "step-20", "state"))
	must(t, err)
	if sent > 4096+info.Size() {
		t.Errorf("%d bytes were sent again", sent)
	}
}

// A copy that ends anywhere leaves a run that can be resumed: a checkpoint without its checksums does
// not come back.
func TestACopyThatWasCutCanBeResumed(t *testing.T) {
	srv, ctx := s3test.Start(t), context.Background()
	was := newPlace(t, srv)
	was.begin(20)
	must(t, was.m.Finish(ctx, none))
	must(t, os.Remove(filepath.Join(srv.Folder(), "runs", "one", "checkpoints", "step-20", "checksums.sha256")))
	is := newPlace(t, srv)
	if !is.restore() {
		t.Fatal("it was not restored")
	}
	newest, ok, _, err := directory.OpenCheckpoints(is.dir().Checkpoints()).Newest("student", 20)
	if err != nil || !ok || newest.Step != 10 {
		t.Errorf("%+v, %v, %v", newest, ok, err)
	}
}

// A server that goes away during the run is told of once, and written to when it is back.
func TestARunGoesOnWithoutItsBucket(t *testing.T) {
	srv, ctx := s3test.Start(t), context.Background()
	p := newPlace(t, srv)
	p.begin(20)
	if holds, err := p.m.Holds(ctx); err != nil || holds {
		t.Errorf("an empty bucket holds a run: %v, %v", holds, err)
	}
	srv.Stop()
	ended, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := p.m.Finish(ended, none); !errors.Is(err, mirror.ErrNotCopied) {
		t.Errorf("without a server: %v", err)
	}
	srv.Again(t)
	p.m.Start(ctx)
	p.m.Nudge()
	must(t, p.m.Finish(ctx, none))
	if holds, err := p.m.Holds(ctx); err != nil || !holds {
		t.Errorf("the bucket has no run: %v, %v", holds, err)
	}
}
