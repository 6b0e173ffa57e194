// Package bucket reads and writes objects in the buckets of an S3 server: corpora and models that
// a run file names as s3://BUCKET/KEY, and what a run keeps there (package mirror).
//
//	store, err := bucket.Open(run.Storage)
//	object, err := store.Stat(ctx, address)
//	err = store.Get(ctx, object, "train.csv", nil)
//
// # What it promises
//
//   - Memory is bounded, however large a file is: content goes from the connection to the disk,
//     and from the disk to the connection, in parts.
//   - Get goes on where it was cut, in this process or the next, as long as the object is the same
//     (ETag). A file gets its name when it is whole. An object that this package has put has its
//     SHA-256 beside it, and is held against it.
//   - A server that is away or answers with its own faults is asked again for a while; so is one
//     that stops in the middle. What cannot get better is an error at once.
//   - Errors name bucket and key, and say what to do. They hold no secret.
//
// # Credentials
//
// They come from the environment alone: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (with
// AWS_SESSION_TOKEN), a shared credentials file, or the role of a pod or machine (IRSA, pod
// identity, instance metadata). Run files and run directories hold none.
package bucket
