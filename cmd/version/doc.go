// Package version says which version of the project a program is, and from which commit it
// was built.
//
//	version.String() // 0.1.0 (commit 1a2b3c4d5e6f, 2026-11-26)
//
// Number is the one place that holds the version; CHANGELOG.md's newest released heading is held
// to it by a test. Commit and date come from the linker (setup/build.sh), else from what Go
// itself noted of the clone, else they are "unknown".
package version
