// Package secretargs keeps a command line's secrets from other users of the machine, who see it with ps.
//
//	func main() {
//		secretargs.Hide() // before anything else
//
// Hide writes over the memory that Linux shows as the process's command line. Until then, some
// milliseconds after the start, the secrets can be seen. A file (--token-file, --join,
// --credentials) and the environment never show them to others.
package secretargs
