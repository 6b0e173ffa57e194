// Package waiting reports what a run waits for, if it waits longer than usual. It has no
// clock of its own.
//
//	var w waiting.Watch
//	if told, ok := w.Look(now, waiting.Wait{For: "step 7 of student", From: "worker b"}, progress); ok {
//		show(told) // "waiting for step 7 of student (4s so far): worker b"
//	}
//
// A wait is reported after [After], or after twice the time that earlier waits of this kind
// took, whichever is longer, so that regular steps of ten seconds are not reported. It is
// reported again after a minute, ten minutes and an hour, and then no more.
package waiting
