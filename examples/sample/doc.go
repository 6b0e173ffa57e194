// Package sample has no code of its own; its test holds that the synthetic corpora in
// this folder are what generate writes, and that sample.yaml reads them. README.md says
// what the corpora are.
package sample
