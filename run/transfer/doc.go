// Package transfer moves folders of files (a model's weights) and byte vectors (a training
// state) between coordinator and workers over NATS.
//
// # One protocol
//
// The owner serves parts under a name, each an io.ReaderAt: the files of a [Folder] under its
// ID, or vectors in memory under a name of their own ([Memory]). The client requests one piece
// after another, by name, part and offset, and sees a part as an io.ReaderAt too. A request
// can be repeated, so a lost message costs a moment and nothing else.
//
// Of a folder, the client knows every file's length and SHA-256 beforehand. For vectors in
// memory it requests them first, and several pieces are in flight at a time. Both are verified.
//
// A folder also says where it is on its owner's machine. A client that finds the same
// files there (same machine, or a shared disk) uses them in place.
package transfer
