// Package archtest holds the shape of this module by test: who may import whom, and
// what no file may contain. It also tells whoever runs the tests which of them are left
// out for want of data or models (skipped_test.go).
//
// The rules of import are the table in rooms.go. Each top-level folder is a room; a
// package may import its own room, the rooms its line names, and those of importedByAll;
// nothing else of ours.
// Beyond the table, only the packages named in mayLinkLibtorch may reach the libtorch
// binding, by whatever path, so that the ringmaster program and everything it is made
// of stays pure Go and tests without a C++ tool chain.
//
// A new package that fits no line fails the test: decide where it belongs and add it.
// The tests read what `go list` says of all packages and compile nothing.
package archtest
