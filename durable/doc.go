// Package durable puts files and folders on disk so that a crash, or a power cut, leaves
// the old one or the new one under a name and never a part.
//
// A file of its own is replaced in one call:
//
//	err := durable.WriteFile("run/metrics.json", 0o644, func(w io.Writer) error { … })
//
// A folder is made as a draft beside its place, filled, and put there:
//
//	draft, err := durable.NewFolder("models/student")
//	defer os.RemoveAll(draft) // nothing is there once it is in place
//	err = durable.CreateFile(filepath.Join(draft, "config.json"), func(w io.Writer) error { … })
//	err = durable.PutFolder(draft, "models/student")
//
// # Promises
//
//   - What was written is on disk before it gets its name, and the name is on disk when
//     WriteFile or PutFolder returns.
//   - WriteFile replaces in one step: a reader always finds a whole file. So does PutFolder
//     where the file system lets two names change places (Linux, on its common ones).
//     Elsewhere it takes two steps where a folder is there already: for a moment, and after
//     a crash in that moment, no folder bears the name, and the old one lies beside it as
//     the draft's name with -old.
//   - When writing fails, what was there before is there still. WriteFile and CreateFile
//     leave nothing else; a draft is its maker's to remove.
//   - What a crash leaves unfinished has a name that begins with [Prefix], and lies in the
//     same folder. [Sweep] removes it; only a folder's sole writer may call it.
//
// Writers of one name at a time are the caller's business. Errors are those of the file
// system; they name the path, and the caller says what it was for.
package durable
