// Package spool keeps byte strings that are written once and read many times: in memory while they are
// few, and in a temporary file when there are more. The file has no name, so that nothing is left of it
// however the program ends.
//
//	var l spool.List
//	if err := l.Append("a text"); err != nil { … } // number 0
//	text, err := l.String(0)
//
// What stays in memory is 8 bytes a string.
package spool
