// Package checkpoint writes and reads the training state of a model in shards: each of
// several ranks writes a part of the flat vectors in parallel, and the residual that only it
// has.
//
//	state-00-of-02.safetensors   parameters, exp_avg, exp_avg_sq: elements [0, n/2)
//	state-01-of-02.safetensors   the same: elements [n/2, n)
//	residual-00.safetensors      error-feedback residual of rank 0; absent with float32 gradients
//	residual-01.safetensors
//
// A shard is a safetensors file of float32 vectors. Its metadata say of which stage and
// step it is, which elements of how many it holds, and a hash of the model's layout, so
// that a state is never read into another model. Shards are whole or absent where package
// durable puts them; their bytes are verified by the checksums stored beside them.
//
// [Read] takes whatever number of shards there are, as long as they cover the vectors
// exactly and agree. So a run with another number of ranks can resume from the same state;
// only residuals belong to a rank of a ring of the same size.
package checkpoint
