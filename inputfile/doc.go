// Package inputfile opens files that a user or another program provides: corpora, lexicons,
// vectors, weights, shards. It opens only regular files.
//
// # Why
//
// A path can refer to a pipe without a writer, a socket, an endless device (/dev/zero) or a
// directory. os.Open blocks forever on the first, and reading the third to its end exhausts
// memory. [Open] refuses all of them immediately, with an error that says what the path is:
//
//	f, err := inputfile.Open(path)
//	if err != nil {
//		return err // errors.Is: fs.ErrNotExist, inputfile.ErrNotRegular, …
//	}
//	defer f.Close()
//
// [Read] reads a complete file of bounded size: a settings file of gigabytes is refused before
// it fills memory. [Check] only checks. [OpenNamed] is Open with the name of the
// declaration in its errors.
//
// # Promises
//
// Symbolic links are followed. No call waits for another process, even if the path
// changes between two checks: the file is opened without blocking, and checked again after
// opening. Special files are normally not opened at all, since opening a device can have side
// effects.
//
// Standard input is not handled by this package.
package inputfile
