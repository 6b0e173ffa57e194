// Package usage says in one way, for both programs, what is wrong with a command line, and
// which exit code that has.
//
//	usage.Tell(root)          // flags, arguments and subcommands: one sentence, and where help is
//	os.Exit(usage.Wrong)      // for errors.Is(err, usage.Err), and for bad input
package usage
