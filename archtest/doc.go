// Package archtest enforces the module's structure by test: who may import whom,
// what no file may contain, and that the paths in ARCHITECTURE.md, CONTRIBUTING.md and each
// doc.go exist (paths_test.go). It also tells whoever runs the tests which of them are left
// out for want of data or models (skipped_test.go).
//
// The rules of import are the table in importrules.go: packages that one line names may import
// each other, what the line lists, and what importedByAll lists; nothing else of ours.
// Beyond the table, only the packages named in mayLinkLibtorch may reach the libtorch
// binding, by whatever path, so that the ringmaster program and everything it is made
// of stays pure Go and tests without a C++ tool chain.
//
// A new package that fits no line fails the test: decide where it belongs, and add it there and to
// the tree in ARCHITECTURE.md.
// The tests read what `go list` says of all packages and compile nothing.
package archtest
