package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"ringmaster/shown"
)

// reporter reports one problem of a key.
type reporter func(kind error, key, text string)

// bad reports a value if it is bad.
func (report reporter) bad(isBad bool, key, format string, args ...any) {
	if isBad {
		report(ErrValue, key, fmt.Sprintf(format, args...))
	}
}

// CheckDevice validates the name of a device, or several separated by commas. Empty is valid:
// the caller chooses.
func CheckDevice(s string) error {
	if s == "" || deviceName.MatchString(s) {
		return nil
	}
	return fmt.Errorf("%w: %s is not auto, cpu, cuda or cuda:N, nor several like cuda:0,cuda:1", ErrValue, shown.Quote(s))
}

// check reports err as a problem of a key, unless it is nil.
func (report reporter) check(err error, key string) {
	if err != nil {
		report(ErrValue, key, strings.TrimPrefix(err.Error(), ErrValue.Error()+": "))
	}
}

// Upper bounds. Larger numbers are mistakes, and their products could overflow.
const (
	maxEpochs = 1_000_000
	maxSteps  = 1_000_000_000
	maxBatch  = 1 << 20
)

// tooMuch reports a number above its bound.
func (report reporter) tooMuch(isTooMuch bool, key string, value any, bound int) {
	report.bad(isTooMuch, key, "%v is too large: at most %d", value, bound)
}

// maxLength is BERT's number of positions; a model with fewer is checked against its own.
const maxLength = 512

var (
	taskName   = regexp.MustCompile(`^[a-z0-9_-]+$`)
	deviceName = regexp.MustCompile(`^(auto|cuda|((cpu|cuda:\d{1,3})(,(cpu|cuda:\d{1,3}))*))$`)
)

// Validate checks all values of a run without opening a file. The error is a *Problems. A
// Run from Load has passed it.
func (r *Run) Validate() error {
	notes := newDiagnostics("")
	r.validate(notes.report)
	return notes.err()
}

func (r *Run) validate(report reporter) {
	r.Model.validate(report)
	methods := []Method{Single, MultiTask, Distill, DistillAnn, MaskedLM}
	report.bad(!slices.Contains(methods, r.Method), "method", "%s", oneOf(string(r.Method), names(methods)...))
	report.bad(r.Train.Precision == BFloat16 && r.Model.Arch != "", "train.precision", "a baseline computes in float32 only; bfloat16 needs model.base")
	report.bad(r.Train.GradientCheckpointing && r.Model.Arch != "", "train.gradient_checkpointing", "a baseline has no layers to compute again: leave it out, or give model.base")
	report.bad(r.Method == MaskedLM && r.Train.Freeze != "", "train.freeze", "a pretraining trains the whole model: leave it out")
	report.bad(r.Method == MaskedLM && r.Train.LoRA != LoRA{}, "train.lora", "a pretraining trains the whole model: leave it out")
	report.bad(r.Model.Arch != "" && r.Train.LoRA != LoRA{}, "train.lora", "a baseline has no attention to adapt: leave it out, or give model.base")
	report.bad(r.Model.Arch != "" && r.Train.Freeze != "" && r.Train.Freeze != FreezeEmbeddings, "train.freeze", "of a baseline only embeddings can be frozen, its word vectors")
	report.bad(r.Method == MaskedLM && r.Model.Arch != "", "model.arch", "a baseline cannot be pretrained as a masked language model: give model.base")
	report.bad(r.Method == MaskedLM && r.Train.LayerDecay != 0, "train.layer_decay", "a pretraining trains all layers at one rate: leave it out")
	report.bad(r.Model.Arch != "" && r.Train.LayerDecay != 0, "train.layer_decay", "a baseline has no layers to tell apart: leave it out, or give model.base")
	report.bad(r.Method == MaskedLM && r.Train.HeadLR != 0, "train.head_lr", "a pretraining trains all layers at one rate: leave it out")
	r.Train.validate(report)
	r.Pretrain.validate(report)
	r.EarlyStop.validate(report, r)
	r.Distill.validate(report)
	r.Checkpoint.validate(report)
	r.Cluster.validate(report)
	r.Storage.validate(report)
	if r.Device == "" {
		report(ErrValue, "device", "set auto, cpu, cuda or cuda:N")
	}
	report.check(CheckDevice(r.Device), "device")
	r.validateTasks(report)
	r.validateSource(report)
}

// maxDim bounds the dimension of word vectors.
const maxDim = 4096

func (m Model) validate(report reporter) {
	archs := []Arch{CNN, LSTM, BiLSTM, ConvLSTM}
	switch {
	case m.Arch == "":
		report.bad(m.Base == "", "model.base", "set the encoder to start from: minilm, or a Hugging Face folder (or model.arch for a baseline)")
		report.bad(m.Vectors != "", "model.vectors", "it needs model.arch: a BERT has its own word embeddings")
		report.bad(m.Dim != 0, "model.dim", "it needs model.arch: a BERT has its own word embeddings")
	default:
		report.bad(!slices.Contains(archs, m.Arch), "model.arch", "%s", oneOf(string(m.Arch), names(archs)...))
		report.bad(m.Base != "", "model.base", "give either base (a BERT) or arch (a baseline)")
		report.bad(m.Dim < 0 || m.Dim > maxDim, "model.dim", "%d is not in 1..%d (0 is the file's own, or 100)", m.Dim, maxDim)
	}
	if p := m.Dropout; p != nil {
		report.bad(*p < 0 || *p >= 1, "model.dropout", "%v is not in [0, 1)", *p)
	}
}

func (t Train) validate(report reporter) {
	report.bad(t.Epochs < 0, "train.epochs", "%v is below 0", t.Epochs)
	report.bad(t.Steps < 0, "train.steps", "%d is below 0", t.Steps)
	report.bad(t.Epochs == 0 && t.Steps == 0, "train.epochs", "nothing to train: set train.epochs or train.steps above 0")
	report.bad(t.Batch < 1, "train.batch", "%d is below 1", t.Batch)
	report.bad(t.MicroBatch < 0, "train.micro_batch", "%d is below 0 (0 sets no limit)", t.MicroBatch)
	report.tooMuch(t.Epochs > maxEpochs, "train.epochs", t.Epochs, maxEpochs)
	report.tooMuch(t.Steps > maxSteps, "train.steps", t.Steps, maxSteps)
	report.tooMuch(t.Batch > maxBatch, "train.batch", t.Batch, maxBatch)
	report.tooMuch(t.MicroBatch > maxBatch, "train.micro_batch", t.MicroBatch, maxBatch)
	report.bad(t.LR <= 0, "train.lr", "%v is not above 0", t.LR)
	report.bad(t.Warmup < 0 || t.Warmup >= 1, "train.warmup", "%v is not in [0, 1): it is a share of the steps", t.Warmup)
	report.bad(t.Schedule != "" && !slices.Contains(schedules, t.Schedule), "train.schedule", "%s", oneOf(string(t.Schedule), names(schedules)...))
	report.bad(t.LayerDecay < 0 || t.LayerDecay > 1, "train.layer_decay", "%v is not in (0, 1]: it is the factor from one layer to the next below (0.9 is usual, 1 trains all at one rate)", t.LayerDecay)
	report.bad(t.HeadLR < 0, "train.head_lr", "%v is below 0 (0 takes train.lr)", t.HeadLR)
	report.bad(t.WeightDecay < 0, "train.weight_decay", "%v is below 0", t.WeightDecay)
	report.bad(t.ClipNorm < 0, "train.clip_norm", "%v is below 0 (0 does not clip)", t.ClipNorm)
	report.bad(t.MaxLength < 4 || t.MaxLength > maxLength, "train.max_length", "%d is not in 4..%d", t.MaxLength, maxLength)
	report.bad(t.SamplingExponent < 0, "train.sampling_exponent", "%v is below 0 (0 samples all tasks equally, 1 by size)", t.SamplingExponent)
	report.bad(!(t.LabelSmoothing >= 0 && t.LabelSmoothing < 1), "train.label_smoothing", "%v is not in [0, 1)", t.LabelSmoothing)
	report.bad(!slices.Contains(notFinites, t.NotFinite), "train.not_finite", "%s", oneOf(string(t.NotFinite), names(notFinites)...))
	report.bad(!(t.MaxSkipped >= 0 && t.MaxSkipped <= 1), "train.max_skipped", "%v is not in [0, 1]: it is a share of the steps", t.MaxSkipped)
	report.bad(t.MaxSkippedInARow < 0, "train.max_skipped_in_a_row", "%d is below 0 (0 sets no limit)", t.MaxSkippedInARow)
	report.bad(!slices.Contains(keeps, t.Keep), "train.keep", "%s", oneOf(string(t.Keep), names(keeps)...))
	if _, _, err := t.Freeze.Layers(); err != nil {
		report(ErrValue, "train.freeze", err.Error())
	}
	report.bad(t.LoRA.Rank < 0, "train.lora.rank", "%d is below 0 (0 does not adapt)", t.LoRA.Rank)
	report.bad(!(t.LoRA.Alpha >= 0), "train.lora.alpha", "%v is below 0 (0 is twice the rank)", t.LoRA.Alpha)
	report.bad(t.LoRA.Alpha > 0 && t.LoRA.Rank == 0, "train.lora.rank", "it is 0, which does not adapt: give a rank, such as 8, or leave train.lora out")
	report.bad(t.LoRA.Rank > 0 && t.Freeze != "", "train.freeze", "train.lora freezes the encoder below its pooler: leave one of them out")
	report.bad(!slices.Contains(precisions, t.Precision), "train.precision", "%s", oneOf(string(t.Precision), names(precisions)...))
}

func (p Pretrain) validate(report reporter) {
	report.bad(p.Epochs < 0, "pretrain.epochs", "%v is below 0 (0 takes train.epochs)", p.Epochs)
	report.bad(p.Steps < 0, "pretrain.steps", "%d is below 0 (0 takes them from pretrain.epochs)", p.Steps)
	report.bad(p.Batch < 0, "pretrain.batch", "%d is below 0 (0 takes train.batch)", p.Batch)
	report.tooMuch(p.Epochs > maxEpochs, "pretrain.epochs", p.Epochs, maxEpochs)
	report.tooMuch(p.Steps > maxSteps, "pretrain.steps", p.Steps, maxSteps)
	report.tooMuch(p.Batch > maxBatch, "pretrain.batch", p.Batch, maxBatch)
	report.bad(p.LR < 0, "pretrain.lr", "%v is below 0 (0 takes train.lr)", p.LR)
	report.bad(p.MaxLength != 0 && (p.MaxLength < 4 || p.MaxLength > maxLength), "pretrain.max_length", "%d is not in 4..%d (0 takes train.max_length)", p.MaxLength, maxLength)
}

func (c Checkpoint) validate(report reporter) {
	report.bad(c.Every < 0, "checkpoint.every", "%d is below 0 (0 writes one only when a run ends or is stopped)", c.Every)
	report.bad(c.Keep < 1, "checkpoint.keep", "%d is below 1", c.Keep)
	report.tooMuch(c.Every > maxSteps, "checkpoint.every", c.Every, maxSteps)
	report.tooMuch(c.Keep > maxSteps, "checkpoint.keep", c.Keep, maxSteps)
}

// mostWorkers is far more than a ring can use: each worker has a part of every step's
// batch, and every vector passes all ranks.
const mostWorkers = 4096

func (c Cluster) validate(report reporter) {
	report.bad(c.Workers < 0, "cluster.workers", "%d is below 0 (0 takes one for every two cores)", c.Workers)
	for _, n := range []struct {
		key   string
		value int
	}{{"cluster.workers", c.Workers}, {"cluster.min_workers", c.MinWorkers}, {"cluster.max_workers", c.MaxWorkers}} {
		report.bad(n.value > mostWorkers, n.key, "%d is more than the %d workers that a ring can have", n.value, mostWorkers)
	}
	report.bad(c.MinWorkers < 1, "cluster.min_workers", "%d is below 1", c.MinWorkers)
	report.bad(c.MaxWorkers < 0, "cluster.max_workers", "%d is below 0 (0 is cluster.workers)", c.MaxWorkers)
	report.bad(c.Workers > 0 && c.MinWorkers > c.Workers, "cluster.min_workers", "%d is more than the %d of cluster.workers that a run starts with", c.MinWorkers, c.Workers)
	report.bad(c.MaxWorkers > 0 && c.MaxWorkers < c.Workers, "cluster.max_workers", "%d is fewer than the %d of cluster.workers that a run starts with", c.MaxWorkers, c.Workers)
	if c.NATS != "embedded" {
		report.check(orEmbedded(CheckURLs(c.NATS)), "cluster.nats")
	}
	report.bad(strings.ContainsFunc(c.Token, unicode.IsSpace), "cluster.token", "a token cannot contain white space")
	report.bad(!slices.Contains(gradientDtypes, c.GradientDtype), "cluster.gradient_dtype", "%s", oneOf(c.GradientDtype, gradientDtypes...))
	report.bad(!slices.Contains(topologies, c.Topology), "cluster.topology", "%s", oneOf(string(c.Topology), names(topologies)...))
	report.bad(!slices.Contains(tlsModes, c.TLS), "cluster.tls", "%s", oneOf(string(c.TLS), names(tlsModes)...))
	if c.Broker != "" {
		report.check(CheckURLs(c.Broker), "cluster.broker")
	}
	report.check(CheckRingAddress(c.RingAddress), "cluster.ring_address")
	_, _, err := ParsePorts(c.RingPort)
	report.check(err, "cluster.ring_port")
	_, err = ParseStripes(c.RingStripes)
	report.check(err, "cluster.ring_stripes")
	if c.HTTP != "" { // which is HTTPDefault
		report.check(CheckHTTP(c.HTTP), "cluster.http")
	}
	report.bad(c.Broker != "" && c.Topology == Mesh, "cluster.broker", "cluster.topology mesh does not use it: set cluster.topology to broker, or leave it out")
}

// orEmbedded adds the value of cluster.nats that is not a URL.
func orEmbedded(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w; or embedded, for a server in the coordinator", err)
}

// topologies are the values of cluster.topology.
var topologies = []Topology{Mesh, Broker}

// tlsModes are the values of cluster.tls.
var tlsModes = []TLSMode{TLSAuto, TLSOn, TLSOff}

// notFinites are the values of train.not_finite.
var notFinites = []NotFinite{StopNotFinite, SkipNotFinite}

// keeps are the values of train.keep.
var keeps = []KeepState{KeepBest, KeepLast}

// precisions are the values of train.precision.
var precisions = []Precision{Float32, BFloat16}

// gradientDtypes are the values of cluster.gradient_dtype.
var gradientDtypes = []string{"float32", "bfloat16", "int8"}

func names[S ~string](values []S) []string {
	var list []string
	for _, v := range values {
		list = append(list, string(v))
	}
	return list
}
