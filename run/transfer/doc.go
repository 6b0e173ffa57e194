// Package transfer moves folders of files (a model's weights) and byte vectors (a training
// state) between coordinator and workers over NATS.
//
// # One protocol
//
// An owner offers parts under a name, each an io.ReaderAt: the files of a [Folder] under its
// ID, or what stands in memory under a name of its own ([Memory]). An asker asks for one piece
// after another, by name, part and offset, and sees a part as an io.ReaderAt too. A question
// can be repeated, so a lost message costs a moment and nothing else.
//
// Of a folder, the asker knows every file's length and SHA-256 beforehand. Of what stands in
// memory it asks first, and several pieces are under way at a time. Both are checked at the end.
//
// A folder also says where it stands on its owner's machine. An asker that finds the same
// files there (same machine, or a shared disk) uses them in place.
package transfer
