// Package mlm prepares text for masked-language-model pretraining (Devlin et al., "BERT",
// 2019): documents packed into sequences of one length, and tokens masked in them.
//
//	sequences := mlm.Pack(slices.Values(documents), 128, vocabulary)
//	masked := mlm.Mask(sequences[row], vocabulary, mlm.Key{Seed: 1, Epoch: epoch, Row: row})
//
// Both are pure. What is masked depends on seed, epoch and sequence alone: it is the
// same on every rank, for every world size and on every retry, and another choice in every epoch (Liu et al., "RoBERTa", 2019, call that dynamic).
package mlm
