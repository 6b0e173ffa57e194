// Package s3test runs an S3 server for tests: versitygw, which keeps buckets as folders, and
// checks signatures, conditions, ranges and parts as Amazon's does. It is built once from its Go
// module, at a fixed version, by the go command, and is no dependency of the product's module.
//
//	srv := s3test.Start(t) // skips where it cannot be built
//	store, err := bucket.Open(srv.Storage())
//
// [Start] sets the credentials in the environment, for the test and the programs it starts.
package s3test
