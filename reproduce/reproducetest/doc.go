// Package reproducetest has a fake engine that writes a run directory without training, for
// tests of the code around the engine. Corpora are really read; the test supplies the
// student's prediction for each row.
package reproducetest
