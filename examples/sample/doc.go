// Package sample has only a test: it verifies that the synthetic corpora in this folder are
// the output of generate, and that sample.yaml reads them. README.md describes the corpora.
package sample
