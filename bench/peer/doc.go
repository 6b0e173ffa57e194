// Package peer embeds the scripts that do the work of `ringmaster bench` with PyTorch and
// transformers, so that the program does not depend on their location. The other scripts of this
// folder are run by hand; README.md lists them.
package peer

import _ "embed"

// GlooAllReduce is the text of gloo_allreduce.py for `python -c`: the process of one rank in
// package allreduce/ringbench.
//
//go:embed gloo_allreduce.py
var GlooAllReduce string

// The peers of package benchmark/training. Each prints a line of JSON at its end.
var (
	// DDPStep trains a classifier under DistributedDataParallel, at a fixed shape.
	//
	//go:embed ddp_step.py
	DDPStep string
	// MaskedTraining is masked-language training under DistributedDataParallel.
	//
	//go:embed mlm_train.py
	MaskedTraining string
	// DistilTrainer distils teachers into a student with Hugging Face Trainer.
	//
	//go:embed distil_trainer.py
	DistilTrainer string
)
