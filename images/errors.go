package images

import "errors"

var (
	// ErrPackage: a Debian package cannot be read.
	ErrPackage = errors.New("cannot read the Debian package")
	// ErrMissing: something that an image needs is not among what was given.
	ErrMissing = errors.New("missing from the image")
	// ErrProgram: a program is not what its image needs.
	ErrProgram = errors.New("not a program for an image")
)
