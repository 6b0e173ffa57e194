//go:build linux

package chaos

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// A disk that fills up has to be a small one that only the trial uses: a file system in
// memory, in a mount namespace of this program and its children, which is gone with them.
// Root may make one; others may in a user namespace of their own, where the system allows
// that.

// insideEnv marks a program that is in such a namespace.
const insideEnv = "RINGMASTER_CHAOS_INSIDE"

// Inside says whether this process is in a mount namespace of its own.
func Inside() bool { return os.Getenv(insideEnv) != "" }

// Enter starts this program again in a mount namespace of its own. Signals are passed to it
// by whoever owns the command: it must be waited for, and does not outlive this process as
// long as the calling thread lives.
func Enter() (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := exec.Command(self, os.Args[1:]...)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	c.Env = append(os.Environ(), insideEnv+"=1")
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true, Cloneflags: syscall.CLONE_NEWNS}
	if os.Geteuid() != 0 {
		c.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		c.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		c.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	return c, c.Start()
}

// disk is a small file system on which the checkpoints of a run lie, or its workers'
// temporary files.
type disk struct {
	root  string // where it is mounted
	place string // the folder that is a part of it
}

// diskBytes holds a few dozen checkpoints of the tiny BERT.
const diskBytes = 64 << 20

// mountDisk mounts one at root, and a folder of it at place.
func mountDisk(root, place string) (*disk, error) {
	d := &disk{root: root, place: place}
	folder := filepath.Join(root, "files")
	if err := errors.Join(os.MkdirAll(root, 0o755), os.MkdirAll(place, 0o755)); err != nil {
		return nil, err
	}
	// What is mounted here is to stay here.
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return nil, fmt.Errorf("make mounts private: %w", err)
	}
	if err := unix.Mount("chaos", root, "tmpfs", 0, fmt.Sprintf("size=%d", diskBytes)); err != nil {
		return nil, fmt.Errorf("mount a small file system at %s: %w", root, err)
	}
	if err := os.Mkdir(folder, 0o755); err != nil {
		return nil, errors.Join(err, unix.Unmount(root, unix.MNT_DETACH))
	}
	if err := unix.Mount(folder, place, "", unix.MS_BIND, ""); err != nil {
		return nil, errors.Join(fmt.Errorf("mount %s at %s: %w", folder, place, err), unix.Unmount(root, unix.MNT_DETACH))
	}
	return d, nil
}

func (d *disk) fillFile() string { return filepath.Join(d.root, "filled") }

// fill leaves no room.
func (d *disk) fill() error {
	f, err := os.Create(d.fillFile())
	if err != nil {
		return err
	}
	defer f.Close()
	block := make([]byte, 64<<10)
	for {
		if _, err := f.Write(block); errors.Is(err, unix.ENOSPC) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// free makes room again.
func (d *disk) free() error { return os.Remove(d.fillFile()) }

// unmount takes it away, with what is on it.
func (d *disk) unmount() error {
	return errors.Join(unix.Unmount(d.place, unix.MNT_DETACH), unix.Unmount(d.root, unix.MNT_DETACH))
}
