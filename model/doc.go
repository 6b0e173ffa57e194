// Package model is an encoder (BERT or a baseline) with a classification head per task:
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
// Between the word embeddings and the heads is an encoder; the folder's config.json says
// which. All else is the same for all encoders.
//
// The other encoders of transformers that package weights lists have BERT's layers, and differ as
// their configuration tells: in positions (positions.go), in a bias by distance (relative.go), in
// the width of the embeddings, and in what stands before the head. Their parameters have BERT's
// names. docs/encoders.md says what is taken.
//
// BERT is transformers' BertModel (Devlin et al., "BERT", 2019): word, position
// and token-type embeddings, layers with the normalisation after each residual, and the
// pooler's tanh over the first position. A head is dropout and a linear map, as in
// BertForSequenceClassification. The encoder runs once over a micro-batch of mixed
// tasks; each head then sees the rows of its task.
//
// In the last layer only the first position's query is computed, since the pooler reads no
// other; keys and values of all positions are used. The result is the same.
//
// The baselines read whole words and are trained from their word vectors up:
//
//	cnn       Kim (2014): windows of 3, 4 and 5 words with 100 feature maps each, ReLU,
//	          max-over-time pooling; texts are zero-padded at both ends, as in Kim's program
//	lstm      the hidden state after the last word, 128 units
//	bilstm    also the hidden state of a second LSTM that reads backwards
//	convlstm  C-LSTM (Zhou et al., 2015): an LSTM over the feature maps, after ReLU and without
//	          pooling, of a convolution of 3 words; 128 maps and units. Theirs has 150 of both
//	          and shortens the text by two words; here the length is kept, so that a text
//	          of one word has a state
//
// Dropout of 0.5 comes before the head. The CNN's update ends with Kim's max-norm constraint
// on a head's weight vectors, 3. A text's result does not depend on what it is padded
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
// distillation (Equation 2). [LossTarget] says which. [Model.Backward] computes the gradient of
// the sum over its examples, divided by a number that the caller gives: the global batch's size, so that
// adding the gradients of all ranks gives the gradient of the mean.
//
// # Masked language model
//
// With Spec.MaskedLM the head is BERT's masked-language-model head, whose decoder is tied to
// the word embeddings. Its loss is the sum, over the masked positions of the examples, of
// −log softmax at the true token. The last layer and the head are computed at those
// positions only. The decoder's gradient is computed with the loss: probability − one-hot
// truth replaces the logits in the same memory, some positions at a time, and its product
// with the hidden states is added to the word embeddings' part of the flat gradient. The
// pooler is not used and does not change.
//
// # One flat vector
//
// All parameters are views of one contiguous float32 vector, their gradients of a
// second one of the same layout, and AdamW's moments of two more. [Model.Parameters]
// lists name, shape and offset: the encoder in the order of the forward pass, then the
// heads in the order of the tasks, weight before bias. On the CPU [Model.Gradient] is
// that memory itself. Gradient and moments are allocated on first use, so a model for
// inference holds its parameters only.
//
// Training may change the end of the vector alone (Spec.Frozen): gradient and moments then have
// its size, and the backward pass stops at the first trained layer. trained.go owns which part that is. With
// Spec.LoRA it is the adapters, which lie in front of the pooler, the pooler and the heads.
//
// The gradient of the word embeddings is added row by row for the ids of the batch;
// no gradient of the whole table is ever formed beside it.
//
// # Buckets
//
// The backward pass completes the gradient from the end of the flat vector to its beginning.
// As in PyTorch's DistributedDataParallel, [Model.Buckets] cuts it in that order, between
// parameters, and [Model.BackwardObserved] announces each bucket as soon as its gradient is
// complete, so that it can be all-reduced while the backward pass goes on. A hook of libtorch
// says when a parameter's gradient is complete; a head that the last micro-batch does not use
// is complete before it.
//
// # On a GPU
//
// A step of a BERT is hundreds of kernels, most of which run for a few microseconds: less time
// than it takes to begin them one by one. So the passes are recorded as CUDA graphs, one for each
// shape of a micro-batch (recorded.go), and so is the update (recordedupdate.go). Texts stand one
// after another without padding and FlashAttention keeps them apart; shapes are few because
// sizes are rounded up, by texts that count for nothing (passshape.go, passinput.go). Nothing
// waits for the device inside a pass; after it the losses are read at once. With bfloat16 a
// copy of the parameters in that format is refreshed by each update and is what passes read.
// GPUs without FlashAttention, and float32, take padded texts. The baselines, and inference, run
// kernel by kernel, and so does an encoder whose attention itself knows of positions, as an MPNet's.
//
// # Activation checkpointing
//
// With Spec.GradientCheckpointing a layer's activations are computed again in the backward pass
// (checkpointing.go). Every part of a pass (embeddings, each layer, heads) seeds its own dropout, so
// the gradient has the same bits as without. Such passes are not recorded on a GPU.
//
// # Guarantees
//
// The same examples, seeds, threads and machine give bit-identical results; [Model.Update] is
// bit-identical on every machine of one architecture, whatever the number of threads. An
// untrained head depends on the seed and the task's name alone. Dropout 0 runs no dropout. An
// error leaves the parameters unchanged.
//
// A Model is used by one goroutine at a time. Its tensor work runs on one thread of
// its own; see package torch.
//
// # Files
//
//	spec.go, model.go, parameters.go   what to build; the model; its flat vectors
//	checkpointing.go                   activations computed again in the backward pass
//	trained.go, lora.go                which part of the flat vector is trained; adapters
//	encoder.go, bert.go, positions.go, relative.go, attention.go, cnn.go, recurrent.go, places.go, heads.go
//	                                   the network
//	batch.go, microbatch.go            examples padded; gradient accumulation
//	loss.go, masked.go                 losses: cross-entropy and distillation; masked language
//	backward.go, training.go           forward and backward; what only training needs
//	recorded.go, recording.go, recordedpass.go, recordedwork.go, passshape.go, passinput.go, recordedupdate.go
//	                                   passes and updates of a GPU, as CUDA graphs
//	bucket.go, bucketready.go          the gradient cut into buckets; when one is complete
//	update.go, maxnorm.go              AdamW and gradient clipping; the CNN's max-norm
//	replicas.go, group.go              several devices: gradients summed, NCCL
//	logits.go, state.go                inference; a checkpoint's state
package model
