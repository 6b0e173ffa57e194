// Package durable replaces files and folders atomically: after a crash or a power failure
// there is either the old one or the new one, never a part.
//
// A single file is replaced in one call:
//
//	err := durable.WriteFile("run/metrics.json", 0o644, func(w io.Writer) error { … })
//
// A folder is created as a draft next to its destination, filled, and renamed:
//
//	draft, err := durable.NewFolder("models/student")
//	defer os.RemoveAll(draft) // nothing is there once it is in place
//	err = durable.CreateFile(filepath.Join(draft, "config.json"), func(w io.Writer) error { … })
//	err = durable.PutFolder(draft, "models/student")
//
// # Promises
//
//   - The content is on disk before it gets its name, and the name is on disk when
//     WriteFile or PutFolder returns.
//   - WriteFile replaces in one step: a reader always finds a complete file. So does PutFolder
//     if the file system can exchange two names (Linux, on its common file systems).
//     Otherwise replacing an existing folder takes two steps: between them, and after a crash
//     between them, no folder has the name, and the old one is next to it, under the draft's
//     name with -old.
//   - If writing fails, the old content is kept. WriteFile and CreateFile leave nothing else; a
//     draft must be removed by its creator.
//   - Unfinished files after a crash have a name that begins with [Prefix], in the same
//     folder. [Sweep] removes them; only the sole writer of a folder may call it.
//
// The caller must not write one name from several places at once. Errors are those of the file
// system and include the path.
package durable
