// Package weights reads and writes models as folders: BERTs and other encoders as Hugging Face has them, and
// baselines, which no other program knows: config.json, the tensors, and the classification
// heads. It is pure Go, without libtorch, so that a run can refuse a broken model folder
// before any worker starts.
//
// # Reading
//
//	folder, err := weights.Open(dir)        // milliseconds: config.json and the tensor index
//	tensors, err := folder.Load(ctx)        // the encoder, float32, by canonical name
//	heads, err := folder.Heads()            // the classification heads, target first or not
//	sum, err := folder.Hash()               // identity of the weights, for caches
//
// Open reads no tensor. It checks that every tensor the encoder needs is there with the
// shape config.json asks for, and reports all that is wrong in one [*Problems], a line each.
//
// Tensors come from model.safetensors (or the shards that model.safetensors.index.json
// lists), else from pytorch_model.bin (torch.save's zip format and the older one). F32, F16,
// BF16 and F64 become float32. Names are canonical, BERT's for every architecture: with the prefix "bert." whether or not
// the file has it, "weight" and "bias" where old files say "gamma" and "beta", for example
// "bert.encoder.layer.0.attention.self.query.weight". Position ids and the next-sentence head
// are left out. The masked-language-model head is [Folder.MaskedHead]; its decoder is tied or
// not as transformers would have it, which [BertConfig.Tied] says.
//
// # Kinds
//
// A [Config] is a [BertConfig], for every encoder of transformers that [ModelTypes] lists, or a [BaselineConfig], by config.json's model_type
// ("ringmaster-cnn"). It lists the encoder's tensors, so that reading, writing, checking
// and the layout of the flat vector have one source. A baseline's folder has words.txt in
// place of vocab.txt.
//
// # Heads
//
// A BERT's folder written by [Write] is what transformers calls BertForSequenceClassification, with
// the head of the target task. The heads of all tasks lie beside it: heads.json names the tasks
// in order, their classes and the target, heads.safetensors holds "<task>.weight" [classes,
// hidden] and "<task>.bias" [classes]. [Folder.Heads] reads these, or, in a folder that some
// other program wrote, the one classifier with config.json's id2label as its classes; so a
// teacher may be either. [Folder.CheckTeacher] checks that a folder can be a task's teacher.
//
// # Adapters
//
// A training may adapt an encoder by updates of low rank ([LoRA]). They have places in a flat vector's [Layout], and
// so in a checkpoint; a folder never has them: whoever writes one adds them to the weights first ([LoRA.Merged]).
//
// # Guarantees
//
// What a file says about its own sizes is checked against the file's real size before memory
// is taken. A pickle is only ever read as tensors: it is scanned first, and any class other
// than tensors, storages and ordered dictionaries is refused; nothing in it is run. Its
// operations are bounded, and nothing in it is shared, so that a small file stays small.
// Only regular files are opened. A number that is NaN or infinite is an error that names its
// tensor, whoever reads it. [Write] is atomic: the folder is complete or absent.
//
// The safetensors library's header type and writer are used as they are. Its reader is not,
// because it wants the whole file in memory and Open must not read it; the offsets are checked
// here instead. gopickle's pickle machine is used with tables of our own, because its PyTorch
// reader loads everything at once, takes memory for sizes it has not checked, and converts
// subnormal half floats wrongly.
package weights
