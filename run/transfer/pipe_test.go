package transfer

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ringmaster/durable"
)

// cutAfter is a pipe that breaks after so many bytes have been written to it.
type cutAfter struct {
	net.Conn
	left int
}

func (c *cutAfter) Write(b []byte) (int, error) {
	if c.left -= len(b); c.left < 0 {
		_ = c.Close()
		return 0, io.ErrClosedPipe
	}
	return c.Conn.Write(b)
}

// tree is a run's files, one of them large.
func tree(t *testing.T) (*Tree, map[string][]byte) {
	t.Helper()
	dir := t.TempDir()
	want := map[string][]byte{"data/empathy/train.csv": noise(t, 7<<20, 1), "model/config.json": []byte("{}"), "model/empty": nil}
	for name, content := range want {
		at := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, content, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	for _, left := range []string{".tmp-half", "other.part", "skip"} {
		if err := os.WriteFile(filepath.Join(dir, "model", left), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var tree Tree
	if err := tree.AddFolder("", dir, func(path string) bool { return path == "model/skip" }); err != nil {
		t.Fatal(err)
	}
	return &tree, want
}

// move gives a tree over a pipe that is cut after so many bytes, and takes it.
func move(tree *Tree, o TakeOptions, bytes int) (sent int64, given, taken error) {
	a, b := net.Pipe()
	done := make(chan error, 1)
	go func() {
		err := Give(&cutAfter{a, bytes}, tree, func(n int64) { sent += n })
		_ = a.Close()
		done <- err
	}()
	_, taken = Take(context.Background(), b, o)
	_ = b.Close()
	return sent, <-done, taken
}

func wantTree(t *testing.T, dir string, want map[string][]byte) {
	t.Helper()
	for name, content := range want {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	var left []string
	_ = filepath.WalkDir(dir, func(at string, e os.DirEntry, err error) error {
		if !e.IsDir() {
			left = append(left, at)
		}
		return err
	})
	if len(left) != len(want) {
		t.Errorf("there are %v", left)
	}
}

// A tree arrives whole however often the pipe is cut, and no byte of it twice.
func TestATreeArrivesOverAPipeThatIsCut(t *testing.T) {
	tree, want := tree(t)
	dir := filepath.Join(t.TempDir(), "new", "inputs")
	var all int64
	cuts := 0
	for {
		sent, given, taken := move(tree, TakeOptions{Dir: dir}, inFlight*pieceBytes+2000)
		all += sent
		if taken == nil && given == nil {
			break
		}
		if !errors.Is(taken, ErrCut) || !errors.Is(given, ErrCut) {
			t.Fatalf("given: %v; taken: %v", given, taken)
		}
		if cuts++; cuts > 20 {
			t.Fatal("it gets no further")
		}
	}
	if cuts == 0 {
		t.Error("it was never cut")
	}
	wantTree(t, dir, want)
	if most := tree.Bytes() + int64(cuts)*inFlight*pieceBytes; all > most {
		t.Errorf("%d bytes were sent of %d, with %d cuts", all, tree.Bytes(), cuts)
	}
	if sent, given, taken := move(tree, TakeOptions{Dir: dir}, 1<<30); sent != 0 || given != nil || taken != nil {
		t.Errorf("what is there was sent again: %d bytes, %v, %v", sent, given, taken)
	}
}

// Files with another content stay, unless they are to be replaced; both ends hear why.
func TestOthersFilesAreKept(t *testing.T) {
	tree, want := tree(t)
	dir := t.TempDir()
	other := filepath.Join(dir, "model", "config.json")
	if err := errors.Join(os.Mkdir(filepath.Dir(other), 0o755), os.WriteFile(other, []byte("[]"), 0o600)); err != nil {
		t.Fatal(err)
	}
	_, given, taken := move(tree, TakeOptions{Dir: dir}, 1<<30)
	if !errors.Is(taken, ErrOthers) || !errors.Is(given, ErrRefused) || !strings.Contains(given.Error(), "model/config.json") {
		t.Errorf("given: %v; taken: %v", given, taken)
	}
	if got, err := os.ReadFile(other); err != nil || string(got) != "[]" {
		t.Errorf("it holds %q, %v", got, err)
	}
	if _, given, taken := move(tree, TakeOptions{Dir: dir, Replace: true}, 1<<30); given != nil || taken != nil {
		t.Errorf("given: %v; taken: %v", given, taken)
	}
	wantTree(t, dir, want)
}

// What a tree from elsewhere may not be called, or lead through.
func TestTreesStayInTheirFolder(t *testing.T) {
	outside := t.TempDir()
	for _, name := range []string{"../x", "/etc/x", "a/../../x", "", ".", "a//b", "a/", ".tmp-x", "x.part", "a\\b", "link/x", "model/\n"} {
		dir := t.TempDir()
		if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
			t.Fatal(err)
		}
		text := filepath.Join(t.TempDir(), "text")
		if err := os.WriteFile(text, []byte("planted"), 0o600); err != nil {
			t.Fatal(err)
		}
		var tree Tree
		if err := tree.Add(name, text); err != nil {
			t.Fatal(err)
		}
		if _, _, taken := move(&tree, TakeOptions{Dir: dir}, 1<<30); !errors.Is(taken, ErrBadName) {
			t.Errorf("%q: %v", name, taken)
		}
	}
	if planted, err := os.ReadDir(outside); err != nil || len(planted) > 0 {
		t.Errorf("there is %v, %v", planted, err)
	}
	twice := &Tree{}
	file := filepath.Join(t.TempDir(), "f")
	if err := errors.Join(os.WriteFile(file, nil, 0o600), twice.Add("a", file), twice.Add("a", file)); err != nil {
		t.Fatal(err)
	}
	if _, _, taken := move(twice, TakeOptions{Dir: t.TempDir()}, 1<<30); !errors.Is(taken, ErrBadName) {
		t.Errorf("one name twice: %v", taken)
	}
	huge := &Tree{files: []File{{Name: "a", Size: 1 << 60}}, at: []string{file}}
	if _, _, taken := move(huge, TakeOptions{Dir: t.TempDir()}, 1<<30); !errors.Is(taken, durable.ErrNoRoom) {
		t.Errorf("an exabyte: %v", taken)
	}
}

// A program at the other end that is not ours, as a shell's greeting is, is named as such.
func TestAnotherProgramAtTheOtherEnd(t *testing.T) {
	for said, want := range map[string]error{"Welcome to HOST!\nlast login: today\n": ErrNotOurs, "": ErrCut} {
		says := func() io.ReadWriter {
			return struct {
				io.Reader
				io.Writer
			}{strings.NewReader(said), io.Discard}
		}
		if _, err := Take(context.Background(), says(), TakeOptions{Dir: t.TempDir()}); !errors.Is(err, want) {
			t.Errorf("%q: %v", said, err)
		}
		if err := Give(says(), &Tree{}, nil); !errors.Is(err, want) {
			t.Errorf("%q: %v", said, err)
		}
	}
}
