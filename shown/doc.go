// Package shown makes text that others provide fit to be shown to a person: names and words of
// workers, values of run files, lines of logs. Such text may hold escape sequences that change
// a terminal, line ends that forge a line of this program's, or a hundred megabytes.
//
//	shown.Line(host)       one line, escaped, bounded: for names, reasons, last words
//	shown.Quote(value)     the same between quotation marks: for values that are refused
//	shown.Text(message)    line ends kept: the last thing before a whole message is written
//	shown.Problem(err)     what a decoder of the standard library means, in words
package shown
