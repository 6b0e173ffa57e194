// Package waiting says what a run waits for, once it has waited longer than such a thing
// usually takes. It has no clock of its own.
//
//	var w waiting.Watch
//	if told, ok := w.Look(now, waiting.Wait{For: "step 7 of student", From: "worker b"}, progress); ok {
//		show(told) // "waiting for step 7 of student (4s so far): worker b"
//	}
//
// It speaks after [After], or after twice the time that waits of this kind took before, where
// that is longer: steps of ten seconds each are no news. While the wait lasts it speaks
// again after a minute, ten minutes and an hour, and then no more.
package waiting
