// Package flops counts the arithmetic that training a BERT needs by its shapes, for the share of a
// machine's peak that a program reaches (MFU, model FLOPs utilisation: Chowdhery et al., "PaLM").
//
// A multiplication with its addition is two operations. Only matrix products count, and of each text
// its real tokens. The backward pass is two products for each of the forward pass. What a program
// does besides (padding, a second pass over the same text) or leaves out (positions that the loss
// does not depend on) changes nothing: the number is that of the work, not of the program.
package flops
