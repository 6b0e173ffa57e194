// Package descriptors shares the file descriptors that a process may have between the
// connections of a server inside it and everything else that it opens.
//
//	server.Options{MaxConn: descriptors.ForConnections()}
//
// Without such a bound, strangers who connect and say nothing take the descriptors that
// checkpoints and logs need.
package descriptors
