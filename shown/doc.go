// Package shown makes text that others provide fit to be shown to a person: names and words of
// workers, values of run files, lines of logs. Such text may hold escape sequences that change
// a terminal, line ends that forge a line of this program's, or a hundred megabytes.
//
//	shown.Line(reason)     one line, escaped, bounded: for reasons, last words
//	shown.Short(host)      the same, shorter: for names
//	shown.Quote(value)     the same between quotation marks: for values that are refused
//	shown.Problem(err)     what a decoder of the standard library means, in words
//	shown.Message(text)    a whole message, just before it is written: line ends are kept, lines
//	                       bounded, and what decoders say in it is put into words
package shown
