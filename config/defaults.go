package config

import "cmp"

// Defaults is the run of an empty run file: sensible values to fine-tune a BERT.
// Method is empty, since its default depends on how many tasks there are.
func Defaults() Run {
	return Run{
		Train: Train{
			Epochs: 3, Batch: 32, LR: 2e-5, Warmup: 0.1, WeightDecay: 0.01, ClipNorm: 1,
			MaxLength: 128, Seed: 1, SamplingExponent: 0.75, NotFinite: StopNotFinite, MaxSkipped: 0.1, MaxSkippedInARow: 10,
			Keep: KeepBest, Precision: Float32,
		},
		Checkpoint: Checkpoint{Every: 500, Keep: 2, Best: true},
		Cluster:    Cluster{MinWorkers: 1, NATS: "embedded", GradientDtype: "float32", Topology: Mesh, TLS: TLSAuto, HTTP: HTTPDefault, Pin: true},
		Device:     "auto",
	}
}

// Defaults of a baseline, which is trained from its word vectors up: more epochs, at a
// higher learning rate.
const (
	baselineEpochs = 10
	baselineLR     = 1e-3
)

// fillByModel sets the defaults that depend on the model; given reports which keys were set.
func (r *Run) fillByModel(given func(key string) bool) {
	if r.Model.Arch == "" {
		return
	}
	if r.Model.Vectors == "" {
		r.Model.Vectors = TrainVectors
	}
	if !given("train.epochs") {
		r.Train.Epochs = baselineEpochs
	}
	if !given("train.lr") {
		r.Train.LR = baselineLR
	}
}

// Defaults of a pretraining: the learning rate of transformers' masked-language-model script,
// and a small validation part of corpora without labels.
const maskedLR = 5e-5

var unlabelledSplit = Split{Train: 0.95, Valid: 0.05}

// fillByMethod sets the defaults that depend on the method; given reports which keys were set.
func (r *Run) fillByMethod(given func(key string) bool) {
	if r.Method != MaskedLM {
		return
	}
	if !given("train.lr") {
		r.Train.LR = maskedLR
	}
	r.Train = r.Pretrain.applyTo(r.Train)
}

// applyTo replaces t's numbers by those that are set; validate reports impossible ones.
func (p Pretrain) applyTo(t Train) Train {
	if p.Epochs > 0 || p.Steps > 0 {
		t.Epochs, t.Steps = max(p.Epochs, 0), max(p.Steps, 0)
	}
	t.Batch = cmp.Or(max(p.Batch, 0), t.Batch)
	t.LR = cmp.Or(max(p.LR, 0), t.LR)
	t.MaxLength = cmp.Or(max(p.MaxLength, 0), t.MaxLength)
	return t
}

func taskDefaults() Task {
	return Task{Data: Data{
		ExtraFields:   "error",
		SeveralLabels: "error",
		Split:         Split{Train: 0.8, Valid: 0.1, Test: 0.1, Seed: 13},
		Clean:         Clean{Dedup: true, URLs: true, Users: true},
		MaxBad:        0.01,
	}}
}

// fillByTasks sets the defaults that depend on the number of tasks.
func (r *Run) fillByTasks() {
	if r.Method != "" {
		return
	}
	r.Method = DistillAnn
	if len(r.Tasks) == 1 || r.Source != "" {
		r.Method = Single
	}
}

// fillByFormat sets the defaults that depend on the format.
func (d *Data) fillByFormat() {
	if !d.Format.Delimited() {
		return
	}
	if d.Header == nil {
		header := true
		d.Header = &header
	}
	if d.Delimiter == "" {
		d.Delimiter = map[Format]string{CSV: ",", TSV: "\t"}[d.Format]
	}
}
