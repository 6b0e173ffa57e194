package directory_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ringmaster/run/directory"
)

var keepAll = directory.Keep{Last: 1000}

// save writes a checkpoint to go on from, with a score unless it is negative.
func save(t testing.TB, c *directory.Checkpoints, stage string, step int, score float64, keep directory.Keep) directory.Checkpoint {
	t.Helper()
	p := directory.Progress{Stage: stage, Steps: step, Total: 1000, Complete: true, AppliedGeneration: 3, World: 2, Written: began}
	if score >= 0 {
		p.Score = &score
	}
	cp, err := c.Save(p, keep, func(w *directory.CheckpointWriter) error {
		return w.File("shard", func(out io.Writer) error { _, err := io.WriteString(out, "weights"); return err })
	})
	if err != nil {
		t.Fatal(err)
	}
	return cp
}

func harm(t testing.TB, cp directory.Checkpoint) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(cp.Dir, "shard"), []byte("weighty"), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestCheckpointsOfSeveralStages(t *testing.T) {
	dir := t.TempDir()
	c := directory.OpenCheckpoints(dir)
	save(t, c, "teacher/empathy", 40, -1, keepAll)
	save(t, c, "teacher/my-step-3", 7, -1, keepAll)
	save(t, c, "student", 40, 0.5, keepAll)
	save(t, c, "student", 9, -1, keepAll)
	if diff := cmp.Diff([]string{"step-40", "step-9", "teacher-empathy-step-40", "teacher-my-step-3-step-7"}, names(t, dir)); diff != "" {
		t.Error(diff)
	}
	cp, ok, damaged, err := c.Newest("teacher/my-step-3", 100)
	if err != nil || !ok || damaged != nil || cp.Stage != "teacher/my-step-3" || cp.Step != 7 {
		t.Errorf("%+v %v %v %v", cp, ok, damaged, err)
	}
	cp, _, _, _ = c.Newest("student", 39)
	if cp.Step != 9 {
		t.Errorf("of at most 39 steps: %+v", cp)
	}
	half := 0.5
	want := directory.Progress{Stage: "student", Steps: 40, Total: 1000, Complete: true, AppliedGeneration: 3, World: 2, Score: &half, Written: began}
	if cp, _, _, err = c.Newest("student", 1000); err != nil {
		t.Fatal(err)
	}
	if got, err := cp.Progress(); err != nil || !cmp.Equal(got, want) {
		t.Errorf("%+v %v", got, err)
	}
	for _, stage := range []string{"", "a/", "/a", "a-b", "../x", "teacher/..", "teacher/a/b", "Ü"} {
		if _, err := c.Save(directory.Progress{Stage: stage}, keepAll, nil); !errors.Is(err, directory.ErrFileName) {
			t.Errorf("stage %q: %v", stage, err)
		}
	}
	if err := c.Prune("teacher/empathy", directory.Keep{}); err != nil { // the stage is done
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"step-40", "step-9", "teacher-my-step-3-step-7"}, names(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestNewestNamesEveryDamagedOne(t *testing.T) {
	c := directory.OpenCheckpoints(t.TempDir())
	save(t, c, "student", 10, -1, keepAll)
	for _, step := range []int{20, 30} {
		harm(t, save(t, c, "student", step, -1, keepAll))
	}
	if _, err := c.Write(40, func(w *directory.CheckpointWriter) error { // a model, as a run that was stopped leaves it
		return w.File(directory.ProgressFile, func(out io.Writer) error {
			_, err := io.WriteString(out, `{"stage":"student","steps":40,"total":1000}`)
			return err
		})
	}); err != nil {
		t.Fatal(err)
	}
	cp, ok, damaged, err := c.Newest("student", 1000)
	if err != nil || !ok || cp.Step != 10 || len(damaged) != 2 {
		t.Fatalf("%+v %v %v %v", cp, ok, damaged, err)
	}
	for i, name := range []string{"step-30", "step-20"} {
		if !errors.Is(damaged[i], directory.ErrDamaged) || !strings.Contains(damaged[i].Error(), name) {
			t.Errorf("%v does not name %s", damaged[i], name)
		}
	}
	// A folder that was renamed is not of the steps that it is called after.
	if err := os.Rename(cp.Dir, filepath.Join(filepath.Dir(cp.Dir), "step-50")); err != nil {
		t.Fatal(err)
	}
	if _, ok, damaged, _ := c.Newest("student", 1000); ok || len(damaged) != 3 || !strings.Contains(damaged[0].Error(), "step-50") {
		t.Errorf("%v %v", ok, damaged)
	}
}

func TestKeep(t *testing.T) {
	scores := []float64{0.2, 0.9, -1, 0.9, 0.4, 0.1}
	for _, c := range []struct {
		keep directory.Keep
		want []int
	}{
		{directory.Keep{Last: 2}, []int{50, 60}},
		{directory.Keep{Last: 2, Best: true}, []int{20, 50, 60}},
		{directory.Keep{Last: 1, Best: true}, []int{20, 60}},
		{directory.Keep{Last: 9}, []int{10, 20, 30, 40, 50, 60}},
		{directory.Keep{}, []int{60}}, // what was just written is never removed
	} {
		folder := directory.OpenCheckpoints(t.TempDir())
		for i, score := range scores {
			save(t, folder, "student", 10*(i+1), score, c.keep)
		}
		if diff := cmp.Diff(c.want, steps(t, folder)); diff != "" {
			t.Errorf("%+v: %s", c.keep, diff)
		}
	}
}

// Whatever is damaged, written and gone back to: after a write there is a whole checkpoint
// to go on from that is at least as new as the one before.
func TestKeepingNeverTakesTheNewestGoodOne(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		c := directory.OpenCheckpoints(dir)
		keep := directory.Keep{Last: rapid.IntRange(1, 3).Draw(rt, "last"), Best: rapid.Bool().Draw(rt, "best")}
		for range rapid.IntRange(1, 6).Draw(rt, "writes") {
			before, had, _, _ := c.Newest("student", 1000)
			step := rapid.IntRange(1, 20).Draw(rt, "step")
			cp := save(t, c, "student", step, rapid.Float64Range(-1, 1).Draw(rt, "score"), keep)
			newest, ok, _, err := c.Newest("student", 1000)
			if err != nil || !ok || had && newest.Step < before.Step || newest.Step < step {
				rt.Fatalf("had %v, wrote %d, now %v (%v)", before, step, newest, err)
			}
			if n := len(steps(t, c)); n > keep.Last+2 {
				rt.Fatalf("%d are kept under %+v", n, keep)
			}
			if rapid.Bool().Draw(rt, "harmed") {
				harm(t, cp)
			}
		}
	})
}

// Going back sets the checkpoints of what was taken back aside, and no others.
func TestTruncateToTakesLaterCheckpointsAlong(t *testing.T) {
	d, _ := run(t)
	defer closeDir(t, d)
	c := directory.OpenCheckpoints(d.Checkpoints())
	save(t, c, "teacher/a", 3, -1, keepAll)
	for _, step := range []int{1, 2, 3} {
		save(t, c, "student", step, -1, keepAll)
	}
	if err := d.TruncateTo("student", 2); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"step-1", "step-2", "step-3.taken-back-1", "teacher-a-step-3"}, names(t, d.Checkpoints())); diff != "" {
		t.Error(diff)
	}
}

func TestTakingAFileOver(t *testing.T) {
	from := filepath.Join(t.TempDir(), "shard-0")
	write(t, from, "weights")
	sum := sha256.Sum256([]byte("weights"))
	good := hex.EncodeToString(sum[:])
	linked := from + "-link"
	if err := os.Symlink(from, linked); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	c := directory.OpenCheckpoints(dir)
	take := func(path, sum string) (directory.Checkpoint, error) {
		return c.Save(directory.Progress{Stage: "student", Steps: 5, Complete: true}, keepAll, func(w *directory.CheckpointWriter) error { return w.Take(path, sum) })
	}
	for _, path := range []string{linked, from} {
		cp, err := take(path, good)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Lstat(filepath.Join(cp.Dir, filepath.Base(path))); err != nil || !info.Mode().IsRegular() {
			t.Errorf("%s became %v, %v", path, info, err)
		}
		if err := cp.Verify(); err != nil {
			t.Error(err)
		}
	}
	for name, try := range map[string]func() error{
		"another checksum": func() error { _, err := take(from, strings.Repeat("0", 64)); return err },
		"no such file":     func() error { _, err := take(from+"-none", good); return err },
	} {
		err := try()
		if want := map[string]error{"another checksum": directory.ErrDamaged, "no such file": os.ErrNotExist}[name]; !errors.Is(err, want) || !strings.Contains(err.Error(), "shard-0") {
			t.Errorf("%s: %v", name, err)
		}
		if !strings.Contains(err.Error(), "the older checkpoint step-5 is kept") {
			t.Errorf("%s: %v does not say what stands", name, err)
		}
	}
	if diff := cmp.Diff([]string{"step-5"}, names(t, dir)); diff != "" {
		t.Error(diff)
	}
	if err := os.Remove(from); err != nil { // its owner is done with it
		t.Fatal(err)
	}
	if cp, ok, damaged, err := c.Newest("student", 5); !ok || err != nil {
		t.Errorf("%v %v %v %v", cp, ok, damaged, err)
	}
}
