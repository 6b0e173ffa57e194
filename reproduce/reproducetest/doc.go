// Package reproducetest has an engine that trains nothing and leaves a run directory all the
// same: for tests of what stands around the engine. Corpora are read for real; what the
// student says of each row is made up by whoever tests.
package reproducetest
