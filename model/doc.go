// Package model is an encoder, BERT or a baseline, with a classification head per task:
// forward pass, the losses of multi-task learning and distillation, gradients, and AdamW.
//
//	m, err := model.New(ctx, model.Spec{
//		Dir:   "models/minilm",
//		Tasks: []model.Task{{Name: "empathy", Classes: 2}, {Name: "sentiment", Classes: 2}},
//		Seed:  1, Device: "auto", Threads: 2, MicroBatch: 16,
//	})
//	defer m.Close()
//	loss, err := m.Backward(ctx, examples, model.LossTarget{UseGold: true}, divisor, dropSeed)
//	gradient, err := m.Gradient()                     // sum it over the ranks, in place
//	norm, err := m.Update(lr, model.AdamW{WeightDecay: 0.01, ClipNorm: 1})
//
// # The network
//
// What lies between the word embeddings and the heads is an encoder; which one, the
// folder's config.json says. All else is the same for all of them.
//
// BERT is transformers' BertModel (Devlin et al., "BERT", 2019): word, position
// and token-type embeddings, layers with the normalisation after each residual, and the
// pooler's tanh over the first position. A head is dropout and a linear map, as in
// BertForSequenceClassification. The encoder runs once over a micro-batch of mixed
// tasks; each head then sees the rows of its task.
//
// Of the last layer only the first position is computed, since the pooler reads no
// other; keys and values still come from all positions. The result is the same.
//
// The baselines read whole words and are trained from their word vectors up:
//
//	cnn       Kim (2014): windows of 3, 4 and 5 words with 100 maps each, ReLU, the
//	          greatest value over the text; the text stands between zeros, as in Kim's program
//	lstm      the state after the last word, 128 units
//	bilstm    beside it that of a second LSTM from the text's end
//	convlstm  C-LSTM (Zhou et al., 2015): an LSTM over the maps, after ReLU and without
//	          pooling, of a convolution of 3 words; 128 maps and units. Theirs has 150 of both
//	          and shortens the text by two words; here it keeps its length, so that a text
//	          of one word has a state
//
// Dropout of a half stands before the head. The CNN's update ends with Kim's bound on the
// norm of a head's weight vectors, 3. A text's result does not depend on what it is padded
// to: convolutions see zeros behind its end, and LSTMs run over packed texts.
//
// # The loss
//
// For one example with gold class y, teacher logits t and student logits z
//
//	target = λ·onehot(y) + (1−λ)·softmax(t)
//	loss   = −Σ target · log softmax(z)
//
// which is Equation 3 of Hosseini & Caragea, "Distilling Knowledge for Empathy
// Detection" (2021); λ = 1 is multi-task learning (Equation 1), λ = 0 plain
// distillation (Equation 2). [Model.Backward] forms the gradient of the sum over its
// examples, divided by a number the caller gives: the global batch's size, so that
// adding the gradients of all ranks gives the gradient of the mean.
//
// # Masked language
//
// With Spec.MaskedLM the head is BERT's for telling masked tokens, whose decoder is the matrix
// of word embeddings itself. Its loss is the sum, over the masked positions of the examples, of
// −log softmax at the true word. The last layer and all behind it are computed at those
// positions only. The decoder's gradient is formed with the loss: the difference of
// probability and truth replaces the logits, in the same memory, some positions at a time,
// and its product with their states is added to the words' part of the flat gradient. The
// pooler is not used and stays as it is.
//
// # One flat vector
//
// All parameters are views of one contiguous float32 vector, their gradients of a
// second one of the same layout, and AdamW's moments of two more. [Model.Parameters]
// lists name, shape and offset: the encoder in the order of the forward pass, then the
// heads in the order of the tasks, weight before bias. On the CPU [Model.Gradient] is
// that memory itself. Gradient and moments exist from the first use on, so a model
// that only answers holds its parameters once.
//
// The gradient of the word embeddings is added row by row for the ids of the batch;
// no gradient of the whole table is ever formed beside it.
//
// # Buckets
//
// The gradient is finished from the end of the flat vector to its beginning, and need
// not be waited for as a whole. [Model.Buckets] cuts the vector in that order, between
// parameters; [Model.BackwardObserved] announces each bucket as soon as no micro-batch
// will add to it, so that it can be summed over the ranks meanwhile. libtorch says when
// a parameter is done; a head that the last micro-batch does not use is done before it.
//
// # Promises
//
// The same examples, seeds, threads and machine give the same bits; [Model.Update]
// gives the same bits on every machine of one architecture, whatever the number of
// threads. A head that is not given is drawn from the seed and the task's name alone.
// Dropout 0 runs no dropout. An error leaves parameters as they were.
//
// A Model is used by one goroutine at a time. Its tensor work runs on one thread of
// its own; see package torch.
package model
