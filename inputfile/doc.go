// Package inputfile opens files that somebody else provided: corpora, lexicons, vectors,
// weights, shards. It opens regular files alone.
//
// # Why
//
// A path can lead to a pipe that nobody writes to, a socket, a device without an end
// (/dev/zero) or a directory. os.Open waits for ever at the first, and whoever reads
// the third to its end runs out of memory. [Open] refuses all of them at once, with a
// sentence that says what stands at the path:
//
//	f, err := inputfile.Open(path)
//	if err != nil {
//		return err // errors.Is: fs.ErrNotExist, inputfile.ErrNotRegular, …
//	}
//	defer f.Close()
//
// [Read] takes a whole file of bounded size: a file of settings that claims to be
// gigabytes is refused before it fills memory. [Check] only looks. [OpenNamed] is Open
// with messages that call the file as a declaration does.
//
// # Promises
//
// Symbolic links are followed. No call waits for another process, even if the path
// changes what it leads to between two looks: the file is opened without blocking, and
// looked at again once it is open. Nothing but a regular file is opened in the ordinary
// case, since opening a device can have effects of its own.
//
// Standard input is no path, and no business of this package.
package inputfile
