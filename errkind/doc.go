// Package errkind gives an error a kind that programs test for and a text that is written for
// a person alone.
//
// fmt.Errorf("%w: …", ErrX) repeats the kind's own text in the message: "checksum differs:
// pytorch_model.bin has …". Here the kind is found by errors.Is and is not in the text:
//
//	return errkind.Errorf(ErrChecksum, "%s has SHA-256 %s, want %s", name, got, want)
//	return errkind.Mark(err, ErrRefusedInput)
package errkind
