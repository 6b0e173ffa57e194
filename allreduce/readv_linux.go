package allreduce

import (
	"errors"
	"io"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// scatter reads into two places with one system call, which halves the calls for a
// message: the rest of one payload, and the line and head of the next. Deadlines of the
// connection hold.
type scatter struct {
	raw   syscall.RawConn
	into  [2][]byte
	n     int
	err   error
	again func(fd uintptr) bool
}

// newScatter is nil where conn is no socket (net.Pipe).
func newScatter(conn net.Conn) *scatter {
	socket, ok := conn.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return nil
	}
	s := &scatter{raw: raw}
	s.again = s.try
	return s
}

func (s *scatter) try(fd uintptr) bool {
	for {
		s.n, s.err = unix.Readv(int(fd), s.into[:])
		switch {
		case errors.Is(s.err, unix.EINTR):
		case errors.Is(s.err, unix.EAGAIN):
			return false
		default:
			return true
		}
	}
}

// read reads at least a byte into first and then second.
func (s *scatter) read(first, second []byte) (int, error) {
	s.into[0], s.into[1] = first, second
	err := s.raw.Read(s.again)
	s.into[0], s.into[1] = nil, nil
	switch {
	case err != nil:
		return 0, err
	case s.err != nil:
		return 0, s.err
	case s.n == 0:
		return 0, io.EOF
	}
	return s.n, nil
}
