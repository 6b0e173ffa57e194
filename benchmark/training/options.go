package training

import (
	"errors"
	"fmt"
	"os/exec"
	"slices"

	"ringmaster/affinity"
	"ringmaster/config"
)

// Options say what is measured, and how.
type Options struct {
	// Program and Worker are ringmaster and ringmaster-worker.
	Program, Worker string
	// PeerPython is a Python with torch and transformers; empty measures no peer.
	PeerPython string

	// Model is a name that the hub knows, or a Hugging Face folder. A job has it in its run file.
	Model string
	// RunFile is a job's; empty takes three tasks of random words.
	RunFile string
	// Corpus is a file with a text a line, for pretraining; empty takes random words.
	Corpus string

	Workers []int // numbers of ranks, each measured on its own
	// Threads are those of a rank. A job has all cores, and 0 here.
	Threads int
	// Batch is the texts, or sequences, of a rank's step, Length their tokens. A job has both in its run file.
	Batch, Length int
	// Steps are those of a round after the warm-up; for a job, all of the student's steps, 0 being as its run file says.
	Steps int
	// Rounds is how often each side is measured.
	Rounds    int
	Precision config.Precision

	// Progress, if not nil, is called before every measurement.
	Progress func(Progress)
}

// Progress says what is about to be measured.
type Progress struct {
	Workers       int
	Round, Rounds int // from 1; Round 0 is preparation
	Side          string
}

// String is the progress in a line.
func (p Progress) String() string {
	noun := "workers"
	if p.Workers == 1 {
		noun = "worker"
	}
	if p.Round == 0 {
		return fmt.Sprintf("%d %s: preparing: %s", p.Workers, noun, p.Side)
	}
	return fmt.Sprintf("%d %s: round %d of %d: %s", p.Workers, noun, p.Round, p.Rounds, p.Side)
}

const (
	maxWorkers = 64
	maxLength  = 4096
	maxBatch   = 1 << 16
)

// checkCommon returns what is wrong with the options that all benchmarks have.
func (o Options) checkCommon() error {
	c := &wrong{}
	c.require(len(o.Workers) > 0, "no number of workers: give at least one, for example --workers 1,2")
	for _, n := range o.Workers {
		c.require(n >= 1 && n <= maxWorkers, "%d workers: want 1 to %d", n, maxWorkers)
	}
	c.require(o.Rounds >= 1, "%d rounds: want at least 1", o.Rounds)
	c.require(slices.Contains([]config.Precision{config.Float32, config.BFloat16}, o.Precision), "precision %q: want %s or %s", o.Precision, config.Float32, config.BFloat16)
	if o.PeerPython != "" {
		_, err := exec.LookPath(o.PeerPython)
		c.require(err == nil, "the peer's Python %s cannot be run (%v)", o.PeerPython, err)
	}
	return c.err()
}

// CheckSteps returns what is wrong with the options of [Step] and [Pretrain]: ErrOptions.
func (o Options) CheckSteps() error {
	own, err := affinity.Cores()
	if err != nil {
		return err
	}
	c, cores := &wrong{}, len(own)
	c.require(o.Model != "", "no model: give a name such as minilm, or a folder")
	c.require(o.Threads >= 1, "%d threads: want at least 1 a rank", o.Threads)
	for _, n := range o.Workers {
		c.require(o.Threads <= 1 || n*o.Threads <= cores, "%d workers with %d threads each need %d cores; this process has %d", n, o.Threads, n*o.Threads, cores)
	}
	c.require(o.Batch >= 1 && o.Batch <= maxBatch, "a batch of %d a rank: want 1 to %d", o.Batch, maxBatch)
	c.require(o.Length >= 4 && o.Length <= maxLength, "a length of %d tokens: want 4 to %d", o.Length, maxLength)
	c.require(o.Steps >= 2, "%d steps a round: want at least 2", o.Steps)
	return errors.Join(o.checkCommon(), c.err())
}

// CheckJob returns what is wrong with the options of [Job]: ErrOptions.
func (o Options) CheckJob() error {
	c := &wrong{}
	c.require(o.Steps >= 0, "%d steps: want at least 1, or 0 for as many as the run file says", o.Steps)
	return errors.Join(o.checkCommon(), c.err())
}

// wrong collects what is wrong with options.
type wrong struct{ found []error }

func (w *wrong) require(ok bool, format string, args ...any) {
	if !ok {
		w.found = append(w.found, fmt.Errorf("%w: "+format, append([]any{ErrOptions}, args...)...))
	}
}

func (w *wrong) err() error { return errors.Join(w.found...) }
