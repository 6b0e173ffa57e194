//go:build !linux

package allreduce

import "net"

// scatter is for Linux; elsewhere a message takes two reads.
type scatter struct{}

func newScatter(net.Conn) *scatter { return nil }

func (*scatter) read(_, _ []byte) (int, error) { return 0, nil }
