package descriptors

import "golang.org/x/sys/unix"

const (
	// reserved is at least what is kept for files, pipes and child processes, of a small limit.
	reserved = 64
	// most is the NATS server's own limit of connections.
	most = 64 << 10
)

// ForConnections is how many connections a server in this process may have, by the process's
// limit of open files (RLIMIT_NOFILE).
func ForConnections() int {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return most // unknown: as the server would have it
	}
	return share(limit.Cur)
}

// share is the connections' share of a limit: all but a quarter, or but 64 where that is more;
// of a limit so low that little is left, half.
func share(limit uint64) int {
	rest := max(limit/4, reserved)
	if limit < 2*rest {
		rest = limit / 2
	}
	return int(min(limit-rest, most))
}
