//go:build linux

package chaos

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// role makes the test binary a child: one that listens, and sends to whoever comes as fast
// as it can; or one that comes, and counts what it gets.
const role = "CHAOS_TEST_ROLE"

func TestMain(m *testing.M) {
	switch at := os.Getenv(role); {
	case at == "listen":
		listen()
	case at != "":
		come(at)
	default:
		os.Exit(m.Run())
	}
}

func listen() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(l.Addr())
	conn, err := l.Accept()
	if err != nil {
		panic(err)
	}
	for block := make([]byte, 64<<10); err == nil; {
		_, err = conn.Write(block)
	}
	fmt.Println("broken")
	select {} // it holds its port until it is killed
}

func come(at string) {
	conn, err := net.Dial("tcp", at)
	if err != nil {
		panic(err)
	}
	fmt.Println("there")
	for began, block, n := time.Now(), make([]byte, 64<<10), 0; ; {
		got, err := conn.Read(block)
		if err != nil {
			break
		}
		if n += got; time.Since(began) > 200*time.Millisecond {
			fmt.Println(n * 5)
			began, n = time.Now(), 0
		}
	}
	fmt.Println("broken")
	_, _ = io.Copy(io.Discard, conn)
	select {}
}

// child starts the test binary in a role, on a desk.
func child(t *testing.T, d *desk, n *nursery, name, as string) *process {
	t.Helper()
	p, err := n.start(name, d.at(name), d.dir, d.env(role+"="+as), os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	return p
}

// awaitLine waits until a line of a child's log is as wanted.
func awaitLine(t *testing.T, p *process, wanted func(string) bool) string {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(pause) {
		text, err := os.ReadFile(p.log)
		if err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(strings.NewReader(string(text))); lines.Scan(); {
			if wanted(lines.Text()) {
				return lines.Text()
			}
		}
	}
	t.Fatalf("%s does not say what is wanted; it says:\n%s", p.name, quote(p.log))
	return ""
}

func newTestDesk(t *testing.T) (*desk, *nursery) {
	t.Helper()
	n := newNursery()
	t.Cleanup(n.close)
	d := &desk{dir: t.TempDir()}
	for _, sub := range []string{"tmp", "home", "runs"} {
		if err := os.Mkdir(d.at(sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return d, n
}

// Two processes that know each other's port alone, as workers do: their link is slowed
// down, let go, and broken.
func TestRingLinksOfOtherProcessesAreSlowedAndCut(t *testing.T) {
	d, n := newTestDesk(t)
	left := child(t, d, n, "left", "listen")
	at := awaitLine(t, left, func(line string) bool { return strings.Contains(line, ":") })
	right := child(t, d, n, "right", at)
	awaitLine(t, right, func(line string) bool { return line == "there" })
	both := []int{left.pid(), right.pid()}
	// rate waits for a rate in the range that comes after what is said already.
	rate := func(least, most int) {
		t.Helper()
		said, err := os.ReadFile(right.log)
		if err != nil {
			t.Fatal(err)
		}
		seen := strings.Count(string(said), "\n")
		for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(pause) {
			text, err := os.ReadFile(right.log)
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSpace(string(text)), "\n")
			for _, line := range lines[min(seen, len(lines)):] {
				var now int
				if _, err := fmt.Sscan(line, &now); err == nil && now >= least && now <= most {
					return
				}
			}
		}
		t.Fatalf("no rate of %d to %d bytes a second:\n%s", least, most, quote(right.log))
	}
	const fast = 20 * slowRate
	rate(fast, 1<<50)
	if found, err := slowRing(left.pid(), both, true); err != nil || found != 1 {
		t.Fatalf("%d links slowed down, %v", found, err)
	}
	rate(1, 2*slowRate)
	if found, err := slowRing(left.pid(), both, false); err != nil || found != 1 {
		t.Fatalf("%d links let go, %v", found, err)
	}
	rate(fast, 1<<50)
	if found, err := cutRing(right.pid(), both); err != nil || found != 1 {
		t.Fatalf("%d links cut, %v", found, err)
	}
	broken := func(line string) bool { return line == "broken" }
	awaitLine(t, left, broken)
	awaitLine(t, right, broken)
	if found, err := cutRing(1<<22+1, both); err != nil || found != 0 {
		t.Errorf("of a process that is not there %d links, %v", found, err)
	}
}

func TestWhatIsLeftIsFound(t *testing.T) {
	d, n := newTestDesk(t)
	nothing := func() {
		t.Helper()
		running, err := d.processes()
		if err != nil || len(running) > 0 {
			t.Errorf("processes %v, %v", running, err)
		}
		files, err := d.unfinished()
		if err != nil || len(files) > 0 {
			t.Errorf("files %v, %v", files, err)
		}
	}
	nothing()
	p := child(t, d, n, "left", "listen")
	address := awaitLine(t, p, func(line string) bool { return strings.Contains(line, ":") })
	running, err := d.processes()
	if err != nil || len(running) != 1 || running[p.pid()] == "" {
		t.Errorf("processes %v, %v; want %d", running, err, p.pid())
	}
	all, err := listeners()
	if err != nil {
		t.Fatal(err)
	}
	held := listenersOf(p.pid(), all)
	_, port, _ := strings.Cut(address, ":")
	var number int
	if _, err := fmt.Sscan(port, &number); err != nil || len(held) != 1 {
		t.Fatalf("it listens at %v, want one at %s; %v", held, address, err)
	}
	for inode, at := range held {
		if !strings.HasSuffix(at, fmt.Sprintf(":%04X", number)) {
			t.Errorf("it listens at %s, want %d", at, number)
		}
		p.kill()
		if all, err = listeners(); err != nil || all[inode] != "" {
			t.Errorf("a port of a dead process is open: %s, %v", all[inode], err)
		}
	}
	nothing()
	want := []string{"tmp/something", "runs/.shards-7"}
	for _, name := range want {
		if err := os.Mkdir(d.at(name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if files, err := d.unfinished(); err != nil || len(files) != 2 || files[0] != want[0] || files[1] != filepath.FromSlash(want[1]) {
		t.Errorf("files %v, %v, want %v", files, err, want)
	}
}
