// Package keepalive makes connections that end within seconds when the way to the other machine, or that
// machine, is gone without a word: a cable is pulled, a firewall or a NAT has forgotten the connection.
// TCP alone waits for a quarter of an hour, and for ever where nothing is sent.
//
//	nats.SetCustomDialer(keepalive.Dialer(timeout))
//
// The kernels of both machines see to it, so a process that computes for minutes and reads nothing keeps
// its connections.
package keepalive
