// Package input holds the form in which an example reaches a model. The coordinator sends
// it in its orders, and the worker hands it to the model as it came. The package is apart
// from model so that the coordinator can use it without libtorch.
//
// An example has three forms on its way. data.Example is a row of a corpus: text and class.
// The coordinator's Row is that row as token ids, with its number for the ledger and the key
// of its teacher's logits. Example is one row in one step: which head it is for, with the
// teacher's logits or the masked positions that this step's loss needs.
package input
