package directory_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringmaster/run/directory"
	"ringmaster/run/metrics"
)

// holdEnv makes the test binary a second process that holds a run directory.
const holdEnv = "RUNDIR_TEST_HOLD"

func TestMain(m *testing.M) {
	if path := os.Getenv(holdEnv); path != "" {
		os.Exit(hold(path))
	}
	if how, dir, ok := strings.Cut(os.Getenv(fullEnv), ":"); ok {
		if code, err := fullDisk(how, dir); err != nil {
			fmt.Println(err)
			os.Exit(code)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// hold creates a run, says so, and keeps it until its input ends or it is killed.
func hold(path string) int {
	d, err := directory.Create(path)
	if err == nil {
		err = d.WriteConfig(func(w io.Writer) error { _, err := io.WriteString(w, "a: 1\n"); return err })
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("held")
	_, err = io.Copy(io.Discard, os.Stdin)
	runtime.KeepAlive(d) // the garbage collector closes files, and with them locks, that nobody names any more
	if err != nil {
		return 1
	}
	return 0 // without Close: the lock must go with the process
}

func TestSecondCoordinatorIsRefusedAndKillFreesTheRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	other := exec.Command(os.Args[0])
	other.Env = append(os.Environ(), holdEnv+"="+path)
	stdin, err := other.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil || line != "held\n" {
		t.Fatalf("the other process said %q, %v", line, err)
	}

	for name, open := range map[string]func(string) (*directory.Dir, error){"create": directory.Create, "resume": directory.Resume} {
		_, err := open(path)
		if !errors.Is(err, directory.ErrInUse) {
			t.Errorf("%s: got %v, want ErrInUse", name, err)
		} else if pid := fmt.Sprintf("process %d ", other.Process.Pid); !strings.Contains(err.Error(), pid) {
			t.Errorf("%s: %q does not name %s", name, err, pid)
		}
	}

	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := other.Wait(); err == nil {
		t.Fatal("the other process was not killed")
	}
	d, err := directory.Resume(path)
	if err != nil {
		t.Fatalf("after the holder was killed: %v", err)
	}
	closeDir(t, d)
}

func TestOneProcessCannotOpenTwice(t *testing.T) {
	path := t.TempDir()
	d := create(t, path)
	if _, err := directory.Create(path); !errors.Is(err, directory.ErrInUse) {
		t.Errorf("got %v, want ErrInUse", err)
	}
	closeDir(t, d)
	closeDir(t, d) // a second Close does nothing
	if err := d.AppendEvent(directory.Event{}); !errors.Is(err, directory.ErrClosed) {
		t.Errorf("append after Close: %v", err)
	}
	if err := d.WriteMetrics(nil); !errors.Is(err, directory.ErrClosed) {
		t.Errorf("metrics after Close: %v", err)
	}
}

// Nobody but its owner looks into a run directory. One that was there before keeps its mode.
func TestARunDirectoryIsItsOwners(t *testing.T) {
	parent := t.TempDir()
	path, own := filepath.Join(parent, "runs", "it"), filepath.Join(parent, "own")
	if err := errors.Join(os.Mkdir(own, 0o700), os.Chmod(own, 0o750)); err != nil {
		t.Fatal(err)
	}
	under, err := directory.CreateUnder(filepath.Join(parent, "runs"), time.Now(), "named")
	if err != nil {
		t.Fatal(err)
	}
	closeDir(t, under)
	closeDir(t, create(t, path))
	closeDir(t, create(t, own))
	for dir, want := range map[string]os.FileMode{path: 0o700, string(under.Layout): 0o700, own: 0o750, filepath.Dir(path): 0o755} {
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v (%v), want %v", dir, info.Mode().Perm(), err, want)
		}
	}
}

func TestCreateRefusesWhatIsThere(t *testing.T) {
	path := t.TempDir()
	closeDir(t, create(t, path))
	if _, err := directory.Create(path); !errors.Is(err, directory.ErrHoldsRun) {
		t.Errorf("a second run: %v, want ErrHoldsRun", err)
	}

	foreign := t.TempDir()
	write(t, filepath.Join(foreign, "thesis.tex"), "text")
	for name, open := range map[string]func(string) (*directory.Dir, error){"create": directory.Create, "resume": directory.Resume} {
		_, err := open(foreign)
		if want := map[string]error{"create": directory.ErrNotEmpty, "resume": directory.ErrNoRun}[name]; !errors.Is(err, want) {
			t.Errorf("%s in a foreign directory: %v, want %v", name, err, want)
		}
	}
	if diff := cmp.Diff([]string{"thesis.tex"}, names(t, foreign)); diff != "" {
		t.Errorf("a refused directory was touched: %s", diff)
	}
	if _, err := directory.Resume(filepath.Join(foreign, "absent")); !errors.Is(err, directory.ErrNoRun) {
		t.Errorf("resume of nothing: %v, want ErrNoRun", err)
	}
}

func TestNames(t *testing.T) {
	at := time.Date(2026, 3, 9, 7, 5, 2, 0, time.UTC)
	for name, want := range map[string]string{
		"sample":        "20260309-070502-sample",
		"my run / äb":   "20260309-070502-my-run----b",
		"../../etc":     "20260309-070502-etc",
		"":              "20260309-070502-run",
		"news_emp.v2-1": "20260309-070502-news_emp.v2-1",
	} {
		if got := directory.NewName(at, name); got != want {
			t.Errorf("NewName(%q) = %q, want %q", name, got, want)
		}
	}
	parent := filepath.Join(t.TempDir(), "runs")
	for _, want := range []string{"20260309-070502-a", "20260309-070502-a-2", "20260309-070502-a-3"} {
		d, err := directory.CreateUnder(parent, at, "a")
		if err != nil {
			t.Fatal(err)
		}
		if got := filepath.Base(string(d.Layout)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		closeDir(t, d)
	}
}

func TestConfigAndMetricsAreReplacedWhole(t *testing.T) {
	d := create(t, t.TempDir())
	defer closeDir(t, d)
	writeConfig := func(text string, then error) error {
		return d.WriteConfig(func(w io.Writer) error {
			if _, err := io.WriteString(w, text); err != nil {
				return err
			}
			return then
		})
	}
	if err := writeConfig("method: kd\n", nil); err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk full")
	if err := writeConfig("method: half", full); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
	if got := read(t, d.Config()); got != "method: kd\n" {
		t.Errorf("config.yaml is %q", got)
	}

	c, err := metrics.FromCounts([]string{"none", "empathy"}, [][]int{{5, 1}, {0, 4}})
	if err != nil {
		t.Fatal(err)
	}
	scores := c.Scores()
	want := metrics.Report{{Task: "empathy", Valid: &scores, Test: &scores}}
	if err := d.WriteMetrics(want); err != nil {
		t.Fatal(err)
	}
	got, err := d.ReadMetrics()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, name := range names(t, string(d.Layout)) {
		if strings.HasPrefix(name, ".tmp-") {
			t.Errorf("left behind: %s", name)
		}
	}
	write(t, d.Metrics(), "{\"empathy\": ")
	if _, err := d.ReadMetrics(); !errors.Is(err, directory.ErrDamaged) {
		t.Errorf("half a metrics.json: %v", err)
	}
}

func TestResumeSweepsUnfinishedFiles(t *testing.T) {
	path := t.TempDir()
	closeDir(t, create(t, path))
	write(t, filepath.Join(path, ".tmp-metrics.json-1"), "{")
	half := filepath.Join(path, "checkpoints", ".tmp-step-3-1")
	if err := os.MkdirAll(half, 0o755); err != nil {
		t.Fatal(err)
	}
	d, err := directory.Resume(path)
	if err != nil {
		t.Fatal(err)
	}
	defer closeDir(t, d)
	if diff := cmp.Diff([]string{"checkpoints", "events.jsonl", "ledger.jsonl", "lock", "record.log"}, names(t, path)); diff != "" {
		t.Error(diff)
	}
	if left := names(t, d.Checkpoints()); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func create(t *testing.T, path string) *directory.Dir {
	t.Helper()
	d, err := directory.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func closeDir(t *testing.T, d *directory.Dir) {
	t.Helper()
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}
