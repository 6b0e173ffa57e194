// Package transfer moves folders of files (a model's weights) between coordinator and
// workers over NATS, in pieces that are asked for one by one. The asker can repeat a
// question, so a lost message costs a moment and nothing else; every file's length
// and SHA-256 are known beforehand and checked at the end.
//
// A [Folder] also says where it stands on its owner's machine. An asker that finds
// the same files there (same machine, or a shared disk) uses them in place.
//
// A [Memory] gives out what stands in its owner's memory (a training state), in the same
// way, with several pieces under way at a time.
package transfer
