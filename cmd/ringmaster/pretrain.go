package main

import (
	"github.com/spf13/cobra"

	"ringmaster/config"
)

func pretrainCommand() *cobra.Command {
	f := runFlags{method: config.MaskedLM}
	c := &cobra.Command{
		Use:   "pretrain FILE.yaml",
		Short: "Pretrain an encoder on the run file's texts as a masked language model",
		Long: `Adapts the encoder of model.base to the texts of all tasks of the run file; labels are
ignored. The texts are concatenated and cut into sequences of train.max_length tokens. In
every epoch 15% of the tokens are masked at random, and the encoder is trained to predict
them. Perplexity on held-out texts is measured before and after. The result is a Hugging
Face folder (BertForMaskedLM), which a run file can name as model.base.

A task needs no labels here, and may be plain text (format: lines or paragraphs). A task
with labels is split as ` + "`ringmaster train`" + ` splits it, so that the encoder is not trained on
test texts. Everything else is as in train: workers, --resume, checkpoints, audit. The run
file's method is ignored; to pretrain with ringmaster coordinator, set method: mlm.`,
		Example: `  ringmaster pretrain examples/pretrain.yaml
  ringmaster pretrain examples/sample.yaml --workers 2 --set train.steps=200
  ringmaster train examples/sample.yaml --set model.base=runs/20260102-150405-pretrain/model`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return f.runLocally(c.Context(), args[0]) },
	}
	f.register(c)
	return c
}
