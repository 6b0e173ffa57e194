// Package mirror keeps a copy of a run in a bucket while it is under way, and brings it back to an
// empty disk.
//
// The copy has the layout of the run directory, with the teachers that the run has trained under
// teachers/. It lacks what is secret or of this machine alone.
//
// # What a crash leaves
//
// Copy puts objects in this order: models and what checkpoints hold; then the logs and the record,
// each as it was at one moment; then the checksums of checkpoints, without which a checkpoint does
// not count; then it removes what the run directory does not have any more. So whatever Copy is
// cut between, the bucket has a run that can be resumed: every checkpoint that counts is whole, and
// its steps stand in the logs.
//
// Restore marks the run directory until it is done, so that one that was cut goes on, and the run
// is not taken for whole before.
package mirror
