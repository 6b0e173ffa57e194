// Package cachedir says where the program keeps what can be made or fetched again: token ids,
// fetched models, copies of objects in buckets, folders pulled from a coordinator.
//
//	dir, err := cachedir.Dir()
//
// [Dir] gives a folder also where the user has no home, as in a container, and never one that
// another user could write to. The environment variable [Env] names one.
package cachedir
