package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"ringmaster/benchmark/comparison"
	"ringmaster/benchmark/training"
	"ringmaster/config"
	"ringmaster/durable"
)

// peerPythonEnv names a Python with torch and transformers.
const peerPythonEnv = "RINGMASTER_PEER_PYTHON"

// columns explains the table of the benchmarks of training.
const columns = `
examples/s    texts or sequences a second; median over the rounds, as all numbers without min–max
tokens/s      real tokens a second: padding does not count
peak MB       largest resident memory of any process of the side
CPU s a step  user and system time of all processes
MFU           arithmetic that the model needs by its shapes, as a share of what the same cores reach in
              products of matrices of 2048 rows and columns, in the same precision and with as many threads
efficiency    examples/s per worker, divided by those of one worker
ours/peer     our examples/s divided by the peer's, round by round

All sides run on the same cores, in an order drawn anew each round; GPUs are not used. The peers need --peer-python, or
RINGMASTER_PEER_PYTHON in the environment; without, ringmaster is measured alone.`

// trainingBench has the flags that the benchmarks of training share.
type trainingBench struct {
	options   training.Options
	precision string
	json      string
}

func benchStepCommand() *cobra.Command {
	var b trainingBench
	c := &cobra.Command{
		Use:   "step",
		Short: "Measure a training step of fixed shape, beside DistributedDataParallel",
		Long: `Trains a classifier on random words, every text cut to one length, and measures the time from one step to
the next. The peer is transformers' BertForSequenceClassification with SDPA attention under PyTorch's
DistributedDataParallel over gloo, with fused AdamW. The global batch is --texts times the workers.
` + columns,
		Example: `  ringmaster bench step
  ringmaster bench step --model minilm --texts 16 --length 64 --workers 1,2 --peer-python venv/bin/python
  ringmaster bench step --model bert-base-folder --texts 8 --precision bfloat16 --json step.json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return b.measure(c, "step", training.Options.CheckSteps, training.Step)
		},
	}
	b.add(c, []int{1, 2}, 15, "steps of a round, after the warm-up")
	b.addShape(c, "texts", "texts of a worker's step", 16, 64)
	return c
}

func benchPretrainCommand() *cobra.Command {
	var b trainingBench
	c := &cobra.Command{
		Use:   "pretrain",
		Short: "Measure masked-language pretraining, beside transformers' run_mlm",
		Long: `Pretrains an encoder on packed sequences and measures the time from one step to the next. The peer is the
loop of transformers' run_mlm under DistributedDataParallel over gloo. The global batch is --sequences times the
workers.
` + columns,
		Example: `  ringmaster bench pretrain --peer-python venv/bin/python
  ringmaster bench pretrain --corpus texts.txt --sequences 16 --length 128 --workers 2`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return b.measure(c, "step", training.Options.CheckSteps, training.Pretrain)
		},
	}
	b.add(c, []int{2}, 10, "steps of a round, after the warm-up")
	b.addShape(c, "sequences", "sequences of a worker's step", 16, 128)
	c.Flags().StringVar(&b.options.Corpus, "corpus", "", "file with a text a line; default: random words")
	return c
}

func benchTrainCommand() *cobra.Command {
	var b trainingBench
	c := &cobra.Command{
		Use:   "train [FILE.yaml]",
		Short: "Measure a whole distillation, beside Hugging Face Trainer",
		Long: `Distils given teachers into a student, as a run file says, and measures the time from the start of the program
to the last step. Without a run file it takes three tasks of random words, as long as messages are. The teachers
are trained once, before the rounds; every round computes their logits anew.

There are two peers: Hugging Face Trainer with dynamic padding and the teachers inside the step, and the same with
the teachers' logits computed beforehand, which counts too. A peer is one process with all cores; its time begins
after Python has imported its modules.
` + columns,
		Example: `  ringmaster bench train --peer-python venv/bin/python
  ringmaster bench train examples/sample.yaml --workers 1 --rounds 3
  ringmaster bench train examples/sample.yaml --steps 30`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				b.options.RunFile = args[0]
				if c.Flags().Changed("model") {
					return fmt.Errorf("%w: --model is for the job without a run file; %s names its own model", errUsage, args[0])
				}
			}
			return b.measure(c, "job", training.Options.CheckJob, training.Job)
		},
	}
	b.add(c, []int{1}, 0, "steps of the student; 0: as the run file says")
	return c
}

// add defines the flags that all three have.
func (b *trainingBench) add(c *cobra.Command, workers []int, steps int, stepsMeaning string) {
	f := c.Flags()
	f.StringVar(&b.options.Model, "model", "minilm", "model to train: a name of `ringmaster model fetch`, or a Hugging Face folder")
	f.IntSliceVar(&b.options.Workers, "workers", workers, "numbers of workers, each measured on its own")
	f.IntVar(&b.options.Steps, "steps", steps, stepsMeaning)
	f.IntVar(&b.options.Rounds, "rounds", 7, "how often each side is measured")
	f.StringVar(&b.precision, "precision", string(config.Float32), "what matrix products are computed in: float32 or bfloat16")
	f.StringVar(&b.options.PeerPython, "peer-python", os.Getenv(peerPythonEnv), "path of a Python that has torch and transformers, to measure the peers too; default: "+peerPythonEnv)
	f.StringVar(&b.json, "json", "", "also write the rows to this file, as a JSON list")
	f.Lookup("peer-python").DefValue = "" // the help is the same on every machine
}

// addShape defines the flags of a step of fixed shape.
func (b *trainingBench) addShape(c *cobra.Command, batch, meaning string, of, length int) {
	f := c.Flags()
	f.IntVar(&b.options.Threads, "threads", 1, "threads of a worker")
	f.IntVar(&b.options.Batch, batch, of, meaning)
	f.IntVar(&b.options.Length, "length", length, "tokens of each")
}

// measure runs a benchmark and prints its table; unit is what the table's seconds are of.
func (b *trainingBench) measure(c *cobra.Command, unit string, check func(training.Options) error, run func(context.Context, training.Options) ([]comparison.Row, error)) error {
	if err := endingOf(c.Context()).begin(); err != nil {
		return err
	}
	o := b.options
	o.Precision = config.Precision(b.precision)
	if err := check(o); err != nil {
		return err
	}
	var err error
	if o.Program, err = os.Executable(); err != nil {
		return err
	}
	if o.Worker, err = workerProgram(); err != nil {
		return err
	}
	if o.PeerPython == "" {
		fmt.Fprintf(os.Stderr, "no peer is measured: give --peer-python, or %s, the path of a Python that has torch and transformers\n", peerPythonEnv)
	}
	line := &progressLine{out: os.Stderr, live: term.IsTerminal(int(os.Stderr.Fd()))}
	o.Progress = func(p training.Progress) { line.show(p.String(), true) }
	rows, err := run(c.Context(), o)
	line.end()
	if len(rows) > 0 { // those before an error too
		_, unsaid := fmt.Println(comparison.Table(rows, unit))
		err = errors.Join(err, unsaid, b.write(rows))
	}
	return err
}

// write writes the rows where the user wants them.
func (b *trainingBench) write(rows []comparison.Row) error {
	if b.json == "" {
		return nil
	}
	return durable.WriteJSON(b.json, rows)
}
