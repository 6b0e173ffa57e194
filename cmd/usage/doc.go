// Package usage reports errors of the command line in the same way for both programs, with the
// same exit code.
//
//	usage.Tell(root)          // flags, arguments and subcommands: one sentence with a hint to --help
//	os.Exit(usage.Wrong)      // for errors.Is(err, usage.Err), and for bad input
package usage
