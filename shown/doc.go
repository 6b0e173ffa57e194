// Package shown sanitises untrusted text before it is printed: names and messages of workers,
// values of run files, lines of logs. Such text may contain escape sequences that control a
// terminal, line breaks that imitate a line of this program, or hundreds of megabytes.
//
//	shown.Line(reason)     one line, escaped and bounded: for reasons and last output
//	shown.Short(host)      the same, shorter: for names
//	shown.Quote(value)     the same, quoted: for values that are refused
//	shown.Problem(err)     an error of a standard library decoder or socket, in plain words
//	shown.Message(text)    a whole message, just before it is written: line breaks are kept, lines
//	                       are bounded, and errors of decoders in it are put in plain words
package shown
