package directory

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestNewestEventsAreReadFromTheEnd(t *testing.T) {
	l := Layout(t.TempDir())
	if events, err := l.NewestEvents(3); events != nil || err != nil {
		t.Error(events, err)
	}
	long := strings.Repeat("x", 1000)
	var text strings.Builder
	for n := range 1000 {
		fmt.Fprintf(&text, "{\"stage\":\"student\",\"step\":%d,\"hash\":%q}\n", n, long)
	}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(l.Events(), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	steps := func(most int) string {
		t.Helper()
		events, err := l.NewestEvents(most)
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		for _, e := range events {
			list = append(list, fmt.Sprint(e.Step))
		}
		return strings.Join(list, " ")
	}
	write(text.String())
	if got := steps(3); got != "997 998 999" {
		t.Error(got)
	}
	if got := len(strings.Fields(steps(5000))); got < 200 || got > 300 { // what 256 KiB hold
		t.Errorf("%d steps", got)
	}
	write(text.String() + `{"stage":"student","step":10`) // being written
	if got := steps(2); got != "998 999" {
		t.Error(got)
	}
	write("rubbish\n" + `{"step":1}` + "\n" + `{"step":2}` + "\n")
	if got := steps(9); got != "1 2" {
		t.Error(got)
	}
	write(`{"step":0}` + "\n")
	if got := steps(9); got != "0" {
		t.Error(got)
	}
	write("no line")
	if got := steps(9); got != "" {
		t.Error(got)
	}
}

func TestTheHolderIsKnownWithoutTakingTheLock(t *testing.T) {
	path := t.TempDir() + "/it"
	d, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	h, err := d.Holder()
	if err != nil || !h.Here || !h.Running || h.PID != os.Getpid() {
		t.Errorf("%+v, %v", h, err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if h, err := d.Holder(); err != nil || !h.Here || h.Running || h.PID != os.Getpid() {
		t.Errorf("%+v, %v", h, err)
	}
	if err := os.WriteFile(d.Layout.lock(), []byte("process 1 on elsewhere.example\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if h, err := d.Holder(); err != nil || h.Here || h.Running || h.Host != "elsewhere.example" {
		t.Errorf("%+v, %v", h, err)
	}
}

// Another process that holds the lock is seen, as flock(1) shows.
func TestAnotherProcessThatHoldsTheLockIsSeen(t *testing.T) {
	if _, err := exec.LookPath("flock"); err != nil {
		t.Skip("flock (util-linux) is not installed: another process with the lock is not tested")
	}
	l := Layout(t.TempDir())
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	held := exec.CommandContext(t.Context(), "flock", l.lock(), "sh", "-c", "echo held; read end")
	in, err := held.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := held.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := held.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(l.lock(), fmt.Appendf(nil, signature, held.Process.Pid, host), 0o600); err != nil {
		t.Fatal(err)
	}
	if h, err := l.Holder(); err != nil || !h.Running {
		t.Errorf("%+v, %v", h, err)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := held.Wait(); err != nil && held.ProcessState.ExitCode() < 0 {
		t.Fatal(err)
	}
	if h, err := l.Holder(); err != nil || h.Running {
		t.Errorf("%+v, %v", h, err)
	}
}

func TestTheEndpointsAddressIsKept(t *testing.T) {
	d, err := Create(t.TempDir() + "/it")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.WriteHTTP("http://127.0.0.1:4321", "hush"); err != nil {
		t.Fatal(err)
	}
	if at, token, err := d.ReadHTTP(); err != nil || at != "http://127.0.0.1:4321" || token != "hush" {
		t.Error(at, err)
	}
	if info, err := os.Stat(d.HTTPFile()); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
	for range 2 {
		if err := d.RemoveHTTP(); err != nil {
			t.Error(err)
		}
	}
	if err := os.WriteFile(d.HTTPFile(), []byte("a b\x1b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if at, _, err := d.ReadHTTP(); err == nil {
		t.Errorf("%q is taken for a URL", at)
	}
}
