//go:build linux

package chaos

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// The ring's links are sockets between workers, at ports that only they know, so no proxy
// can stand in them. Instead a worker's own sockets are borrowed: pidfd_getfd gives a
// second descriptor of the same socket, on which shutdown and SO_MAX_PACING_RATE do to the
// connection what a network would. The kernel permits it to who may trace the process, and
// the programs are this one's children.

// ringLinks calls do with a descriptor of every socket between a worker and its neighbours,
// which must be among the workers, and says how many there were.
func ringLinks(worker int, workers []int, do func(fd int) error) (int, error) {
	ports := map[int]bool{} // that workers listen at
	for _, pid := range workers {
		if err := eachSocket(pid, func(fd int) error {
			listens, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN)
			if err != nil || listens == 0 {
				return err
			}
			local, err := unix.Getsockname(fd)
			ports[portOf(local)] = true
			return err
		}); err != nil {
			return 0, err
		}
	}
	found := 0
	err := eachSocket(worker, func(fd int) error {
		remote, err := unix.Getpeername(fd)
		if err != nil {
			return nil // not connected
		}
		local, err := unix.Getsockname(fd)
		if err != nil || !ports[portOf(local)] && !ports[portOf(remote)] {
			return err
		}
		found++
		return do(fd)
	})
	return found, err
}

// eachSocket borrows a process's TCP sockets one after another.
func eachSocket(pid int, use func(fd int) error) error {
	process, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return nil // it has just ended
	}
	if err != nil {
		return fmt.Errorf("open process %d: %w", pid, err)
	}
	defer unix.Close(process)
	descriptors, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return nil // it has just ended
	}
	for _, d := range descriptors {
		number, err := strconv.Atoi(d.Name())
		if err != nil {
			continue
		}
		if err := borrow(process, number, use); err != nil {
			return fmt.Errorf("socket %d of process %d: %w", number, pid, err)
		}
	}
	return nil
}

func borrow(process, number int, use func(fd int) error) error {
	fd, err := unix.PidfdGetfd(process, number, 0)
	if errors.Is(err, unix.EBADF) || errors.Is(err, unix.ESRCH) {
		return nil // closed meanwhile
	}
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	// Go listens with MPTCP, where the kernel has it, and gets plain TCP from whoever comes.
	if kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PROTOCOL); err != nil || kind != unix.IPPROTO_TCP && kind != unix.IPPROTO_MPTCP {
		return nil // no socket, or of another kind
	}
	return use(fd)
}

func portOf(a unix.Sockaddr) int {
	switch a := a.(type) {
	case *unix.SockaddrInet4:
		return a.Port
	case *unix.SockaddrInet6:
		return a.Port
	}
	return -1
}

// cutRing breaks a worker's links.
func cutRing(worker int, workers []int) (int, error) {
	return ringLinks(worker, workers, func(fd int) error {
		if err := unix.Shutdown(fd, unix.SHUT_RDWR); err != nil && !errors.Is(err, unix.ENOTCONN) {
			return err
		}
		return nil
	})
}

// slowRate is what a slow link carries, bytes a second: a step of the tiny BERT then takes
// the better part of a second.
const slowRate = 500_000

// slowRing has a worker send slowly to its neighbours, or as fast as it can again.
func slowRing(worker int, workers []int, slow bool) (int, error) {
	if slow {
		return PaceRing(worker, workers, slowRate)
	}
	return PaceRing(worker, workers, Unpaced)
}

// Unpaced is the rate of a link that is as fast as it can be.
const Unpaced = math.MaxUint32

// PaceRing has the worker of a process id send at most so many bytes a second on each link
// to its neighbours, which must be among the workers: vectors to the right one, credits to
// the left one. It returns how many links there are. The workers must be this process's to
// trace, as its children are.
func PaceRing(worker int, workers []int, rate int) (int, error) {
	return ringLinks(worker, workers, func(fd int) error {
		return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_MAX_PACING_RATE, rate)
	})
}
