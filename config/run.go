package config

// Run is the configuration of a run, with defaults filled in. The coordinator plans from
// it, workers receive the part that they need, and RUN_DIR/config.yaml is its resolved form.
type Run struct {
	Model  Model  `yaml:"model" json:"model"`
	Method Method `yaml:"method" json:"method"`
	// Source names the task that the student is trained on under Single in place of the
	// target, which then only tests it: domain adaptation. Empty is the target itself.
	Source string `yaml:"source,omitempty" json:"source,omitempty"`
	Tasks  []Task `yaml:"tasks" json:"tasks"`
	Train  Train  `yaml:"train" json:"train"`
	// Pretrain holds what replaces Train's numbers under MaskedLM.
	Pretrain Pretrain `yaml:"pretrain,omitempty" json:"pretrain,omitzero"`
	// Distill are options of the methods that need teachers.
	Distill Distillation `yaml:"distill,omitempty" json:"distill,omitzero"`
	// EarlyStop may end the student's training before its last step.
	EarlyStop EarlyStop `yaml:"early_stop,omitempty" json:"early_stop,omitzero"`
	// Checkpoint says when checkpoints are written and how many are kept.
	Checkpoint Checkpoint `yaml:"checkpoint" json:"checkpoint"`
	Cluster    Cluster    `yaml:"cluster" json:"cluster"`
	// Storage keeps the run in a bucket besides.
	Storage Storage `yaml:"storage,omitempty" json:"storage,omitzero"`
	// Device is auto, cpu, cuda or cuda:N, or several with commas, each with a copy of
	// the model.
	Device string `yaml:"device" json:"device"`

	// BaseDir is the folder relative paths of the file start from (the run file's own).
	BaseDir string `yaml:"-" json:"-"`
	// Copies are the s3:// addresses of paths that are local copies (ReadFromCopies).
	Copies map[string]string `yaml:"-" json:"-"`
}

// Model says which encoder a run starts from: a BERT (Base), or one of the baseline systems
// over whole words (Arch), of which only the word vectors may be pretrained.
type Model struct {
	// Base is a name that `ringmaster model fetch` knows (minilm) or a Hugging Face folder.
	Base string `yaml:"base,omitempty" json:"base,omitempty"`

	Arch Arch `yaml:"arch,omitempty" json:"arch,omitempty"`
	// Vectors is where a baseline's word vectors come from: a file in GloVe's text format,
	// or TrainVectors, which also stands for an empty one.
	Vectors string `yaml:"vectors,omitempty" json:"vectors,omitempty"`
	// Dim is their dimension; 0 is the file's own, or 100 where they are trained.
	Dim int `yaml:"dim,omitempty" json:"dim,omitempty"`

	// Dropout replaces the encoder's own dropout probabilities when set; nil keeps them.
	Dropout *float64 `yaml:"dropout,omitempty" json:"dropout,omitempty"`
}

// Arch is a baseline system.
type Arch string

// The baseline systems.
const (
	CNN      Arch = "cnn"
	LSTM     Arch = "lstm"
	BiLSTM   Arch = "bilstm"
	ConvLSTM Arch = "convlstm"
)

// TrainVectors, in place of a file, has a baseline's word vectors trained on the training
// rows of all declared corpora.
const TrainVectors = "train"

// TrainsVectors says whether the run trains word vectors.
func (m Model) TrainsVectors() bool {
	return m.Arch != "" && (m.Vectors == "" || m.Vectors == TrainVectors)
}

// Method is the student's training method.
type Method string

// The methods, by the paper's equations.
const (
	Single     Method = "single"      // the target task alone, gold labels
	MultiTask  Method = "mt"          // Equation 1: all tasks, gold labels
	Distill    Method = "kd"          // Equation 2: all tasks, teachers' probabilities
	DistillAnn Method = "kd-annealed" // Equation 3: target = λ·gold + (1−λ)·teacher

	// MaskedLM trains no classifier: it pretrains the encoder on the texts of all declared
	// corpora as a masked language model.
	MaskedLM Method = "mlm"
)

// NeedsTeachers reports whether the student's loss uses teacher probabilities.
func (m Method) NeedsTeachers() bool { return m == Distill || m == DistillAnn }

// Task is one classification task: a corpus, its classes, and its teacher. Under MaskedLM it
// is a corpus alone, and need not have classes.
type Task struct {
	Name string `yaml:"name" json:"name"`
	// Target marks the task that the run is evaluated on; exactly one task has it.
	Target bool `yaml:"target" json:"target"`
	// Pretrain marks a corpus for pretraining: students are not trained on it, and it needs
	// no classes.
	Pretrain bool `yaml:"pretrain,omitempty" json:"pretrain,omitempty"`
	// Kind is what the task asks of a text; empty is KindClasses.
	Kind Kind `yaml:"kind,omitempty" json:"kind,omitempty"`
	// ClassWeights are the weights of the losses against gold and teacher, by gold class.
	ClassWeights ClassWeights `yaml:"class_weights,omitempty" json:"class_weights,omitempty"`
	// Loss is what a task of kind value learns with; empty is LossMSE.
	Loss Loss `yaml:"loss,omitempty" json:"loss,omitempty"`
	// Sampling says how often training rows are dealt.
	Sampling Sampling `yaml:"sampling,omitempty" json:"sampling,omitempty"`
	// HeadBias is where the biases of a new head begin; empty is HeadBiasZero.
	HeadBias HeadBias `yaml:"head_bias,omitempty" json:"head_bias,omitempty"`
	// Positive is the positive class of two, for precision, recall and F1. Empty takes the one
	// with the higher numeric label in the files, or the last one declared.
	Positive string  `yaml:"positive,omitempty" json:"positive,omitempty"`
	Data     Data    `yaml:"data" json:"data"`
	Teacher  Teacher `yaml:"teacher" json:"teacher"`
}

// Teacher says where a task's teacher comes from. An empty Path means: train a
// single-task model first, with Train's values except where they are set here.
type Teacher struct {
	Path   string  `yaml:"path,omitempty" json:"path,omitempty"`
	Epochs float64 `yaml:"epochs,omitempty" json:"epochs,omitempty"`
	Batch  int     `yaml:"batch,omitempty" json:"batch,omitempty"`
	LR     float64 `yaml:"lr,omitempty" json:"lr,omitempty"`
	// Seed is the seed of the teacher's training, so that students of several seeds share
	// one teacher; nil is Train's.
	Seed *uint64 `yaml:"seed,omitempty" json:"seed,omitempty"`
	// Count trains so many teachers, with seeds from Seed on, whose probabilities are averaged; 0 is one.
	Count int `yaml:"count,omitempty" json:"count,omitempty"`
	// Paths are further folders beside Path, whose probabilities are averaged with its own.
	Paths Files `yaml:"paths,omitempty" json:"paths,omitempty"`
	// Answers is a file of probabilities made elsewhere, of a teacher that is asked nothing.
	Answers string `yaml:"answers,omitempty" json:"answers,omitempty"`
	// Unanswered is the treatment of a training row that Answers does not have.
	Unanswered Unanswered `yaml:"unanswered,omitempty" json:"unanswered,omitempty"`
}

// Unanswered is the treatment of a row without an answer.
type Unanswered string

// The treatments.
const (
	UnansweredError Unanswered = "error" // the run does not begin; also the empty value
	UnansweredGold  Unanswered = "gold"  // its own label is the answer
)

// Folders are the folders of the teachers that are given.
func (t Teacher) Folders() []string {
	if t.Path == "" {
		return t.Paths
	}
	return append([]string{t.Path}, t.Paths...)
}

// Trained is how many teachers the run trains.
func (t Teacher) Trained() int {
	if len(t.Folders()) > 0 || t.Answers != "" {
		return 0
	}
	return max(t.Count, 1)
}

// Data declares one corpus: its files, their format, the columns of text and label, what
// the labels mean, and how rows are split.
type Data struct {
	// Path lists files that Split divides, or whose column Part says where each row belongs;
	// Train, Valid and Test list files that are divided already. A declaration has Path, or Train with the others; where
	// Train is given without Valid (or Test), Split carves the missing part from Train.
	Path  Files `yaml:"path,omitempty" json:"path,omitempty"`
	Train Files `yaml:"train,omitempty" json:"train,omitempty"`
	Valid Files `yaml:"valid,omitempty" json:"valid,omitempty"`
	Test  Files `yaml:"test,omitempty" json:"test,omitempty"`
	// Part is the column of Path's files that says which part a row belongs to: train, valid (or
	// validation, val, dev) or test. Split carves from the training rows a part that no row names.
	Part string `yaml:"part,omitempty" json:"part,omitempty"`

	Format    Format `yaml:"format" json:"format"`
	Delimiter string `yaml:"delimiter,omitempty" json:"delimiter,omitempty"` // one character; default by Format
	// Header is false for files whose first line is a row; Columns then names the
	// columns. Beside a header Columns replaces its names, for files of one corpus
	// that name the same columns differently.
	Header  *bool    `yaml:"header,omitempty" json:"header,omitempty"`
	Columns []string `yaml:"columns,omitempty" json:"columns,omitempty"`
	// ExtraFields says what a row with more fields than the header is: error (a bad
	// row, the default) or ignore (the extra fields are dropped).
	ExtraFields string `yaml:"extra_fields,omitempty" json:"extra_fields,omitempty"`

	// Text is the column with the text. Lines and Paragraphs have none.
	Text string `yaml:"text,omitempty" json:"text,omitempty"`
	// TextPair is the column with the second text of each row, where a row has two; a file may
	// also name both as text: [FIRST, SECOND].
	TextPair string `yaml:"text_pair,omitempty" json:"text_pair,omitempty"`

	Label string `yaml:"label,omitempty" json:"label,omitempty"`
	// LabelColumns are one 0/1 column a label (SemEval E-c); used in place of Label.
	LabelColumns []string `yaml:"label_columns,omitempty" json:"label_columns,omitempty"`
	// LabelSeparator splits a Label cell that lists several labels (GoEmotions: ",").
	LabelSeparator string `yaml:"label_separator,omitempty" json:"label_separator,omitempty"`
	// LabelNames is a file with one name a line; a cell's number is the line's index.
	LabelNames string `yaml:"label_names,omitempty" json:"label_names,omitempty"`
	// Labels maps what stands in the file to a class. Where all labels are numbers, classes
	// are numbered by those, else by first appearance. An empty class drops the row, counted.
	Labels Labels `yaml:"labels,omitempty" json:"labels,omitempty"`
	// SeveralLabels is the treatment of a row that maps to more than one class, or to
	// none: error (a bad row, the default) or drop (counted).
	SeveralLabels string `yaml:"several_labels,omitempty" json:"several_labels,omitempty"`

	Split Split `yaml:"split" json:"split"`
	// Limit keeps at most so many training rows, a stratified and seeded choice; 0 keeps all.
	Limit int `yaml:"limit,omitempty" json:"limit,omitempty"`

	Clean Clean `yaml:"clean" json:"clean"`
	// MaxBad is the share of bad rows above which the run stops before training.
	MaxBad float64 `yaml:"max_bad" json:"max_bad"`
}

// Labelled reports whether the declaration has labels.
func (d *Data) Labelled() bool {
	return d.Label != "" || len(d.LabelColumns) > 0 || len(d.Labels) > 0 || d.LabelNames != ""
}

// Split divides rows by share, stratified by class, from a seed.
type Split struct {
	Train float64 `yaml:"train" json:"train"`
	Valid float64 `yaml:"valid" json:"valid"`
	Test  float64 `yaml:"test" json:"test"`
	Seed  uint64  `yaml:"seed" json:"seed"`
	// Group is a column whose rows with the same value stay in one part: the article that essays
	// answer, the sentence that phrases come from, the author. Empty divides texts singly.
	Group string `yaml:"group,omitempty" json:"group,omitempty"`
	// Contained keeps texts of four or more words in one part with the texts that they stand
	// inside: the phrases of a sentence, where no column says which that is. It is in place of Group.
	Contained bool `yaml:"contained,omitempty" json:"contained,omitempty"`
	// Folds divides the rows into so many folds, of which Fold, from 1, is the test part: k-fold
	// cross-validation. Test is not used then, and Valid is a share of the other rows.
	Folds int `yaml:"folds,omitempty" json:"folds,omitempty"`
	Fold  int `yaml:"fold,omitempty" json:"fold,omitempty"`
}

// Clean is the preprocessing of texts.
type Clean struct {
	// Dedup removes exact duplicates (same text, same class) after the first.
	Dedup bool `yaml:"dedup" json:"dedup"`
	// URLs and Users replace links by <URL> and @names by <USER>.
	URLs  bool `yaml:"urls" json:"urls"`
	Users bool `yaml:"users" json:"users"`
	// Replace maps a substring to its replacement; applied in the order written.
	Replace Labels `yaml:"replace,omitempty" json:"replace,omitempty"`
	// Drop lists regular expressions (RE2): a text that matches one is dropped, counted.
	Drop []string `yaml:"drop,omitempty" json:"drop,omitempty"`
}

// Train holds the hyperparameters of a training stage.
type Train struct {
	// Epochs times the number of training rows of all tasks is the number of examples of a
	// stage; a fraction is allowed. Steps, when set, fixes the number of steps.
	Epochs float64 `yaml:"epochs" json:"epochs"`
	Steps  int     `yaml:"steps,omitempty" json:"steps,omitempty"`
	// Batch is the global batch in examples, whatever the number of workers.
	Batch int `yaml:"batch" json:"batch"`
	// MicroBatch bounds the examples of one forward pass on a worker; 0 sets no limit.
	MicroBatch int     `yaml:"micro_batch,omitempty" json:"micro_batch,omitempty"`
	LR         float64 `yaml:"lr" json:"lr"`
	// Warmup is the share of steps over which the rate rises linearly from 0. Schedule is its course after that.
	Warmup   float64  `yaml:"warmup" json:"warmup"`
	Schedule Schedule `yaml:"schedule,omitempty" json:"schedule,omitempty"`
	// LayerDecay is the factor by which the rate falls from layer to layer, from the heads down to the
	// embeddings; 0 trains all at one rate.
	LayerDecay float64 `yaml:"layer_decay,omitempty" json:"layer_decay,omitempty"`
	// HeadLR is the peak rate of the heads; 0 is LR.
	HeadLR      float64 `yaml:"head_lr,omitempty" json:"head_lr,omitempty"`
	WeightDecay float64 `yaml:"weight_decay" json:"weight_decay"`
	// ClipNorm bounds the global gradient norm; 0 does not clip.
	ClipNorm  float64 `yaml:"clip_norm" json:"clip_norm"`
	MaxLength int     `yaml:"max_length" json:"max_length"`
	Seed      uint64  `yaml:"seed" json:"seed"`
	// SamplingExponent says how often each task is sampled: with probability p ∝ size^exponent.
	// Its JSON name is the key's name of earlier versions, as kept runs are known by a hash of it.
	SamplingExponent float64 `yaml:"sampling_exponent" json:"mix"`
	// NotFinite is the treatment of a step whose loss or gradient is NaN or infinite: stop
	// ends the run, skip counts the step without an update.
	NotFinite NotFinite `yaml:"not_finite" json:"not_finite"`
	// MaxSkipped is the share of a stage's steps that may be skipped so, and MaxSkippedInARow
	// how many one after the other, before the run ends as one that diverged; 0 in a row is no
	// bound.
	MaxSkipped       float64 `yaml:"max_skipped" json:"max_skipped"`
	MaxSkippedInARow int     `yaml:"max_skipped_in_a_row" json:"max_skipped_in_a_row"`
	// Keep says which state of the student is exported.
	Keep KeepState `yaml:"keep" json:"keep"`
	// LabelSmoothing is the share of a gold class that is spread evenly over all classes (of a label, over
	// yes and no); 0 spreads none.
	LabelSmoothing float64 `yaml:"label_smoothing,omitempty" json:"label_smoothing,omitempty"`
	// Precision is what an encoder's matrix products are computed in.
	Precision Precision `yaml:"precision" json:"precision"`
	// Freeze says how much of the encoder keeps its weights; empty trains everything.
	Freeze Freeze `yaml:"freeze,omitempty" json:"freeze,omitempty"`
	// LoRA adapts the encoder by small matrices in place of changing its weights.
	LoRA LoRA `yaml:"lora,omitempty" json:"lora,omitzero"`
	// GradientCheckpointing keeps only the inputs of an encoder's layers for the backward pass, which
	// computes the rest again: less memory, more time, the same results.
	GradientCheckpointing bool `yaml:"gradient_checkpointing,omitempty" json:"gradient_checkpointing,omitempty"`
}

// LoRA adapts the encoder's maps of queries and values by updates of a low rank, which alone are trained, besides
// pooler and heads.
type LoRA struct {
	// Rank is the updates' rank; 0 does not adapt.
	Rank int `yaml:"rank,omitempty" json:"rank,omitempty"`
	// Alpha divided by Rank is what an update is multiplied by; 0 is twice the rank.
	Alpha float64 `yaml:"alpha,omitempty" json:"alpha,omitempty"`
}

// Precision is a number format to compute in. Parameters, gradients, losses and every
// score are float32 in either.
type Precision string

// The precisions.
const (
	Float32  Precision = "float32"
	BFloat16 Precision = "bfloat16"
)

// Pretrain are hyperparameters of a pretraining, where they differ from Train's; zero takes
// Train's.
type Pretrain struct {
	// Epochs, or Steps, replace both of Train's.
	Epochs    float64 `yaml:"epochs,omitempty" json:"epochs,omitempty"`
	Steps     int     `yaml:"steps,omitempty" json:"steps,omitempty"`
	Batch     int     `yaml:"batch,omitempty" json:"batch,omitempty"`
	LR        float64 `yaml:"lr,omitempty" json:"lr,omitempty"`
	MaxLength int     `yaml:"max_length,omitempty" json:"max_length,omitempty"`
	// WholeWords masks all tokens of a word or none.
	WholeWords bool `yaml:"whole_words,omitempty" json:"whole_words,omitempty"`
}

// NotFinite is the treatment of a step whose loss or gradient is not finite.
type NotFinite string

// The treatments.
const (
	StopNotFinite NotFinite = "stop"
	SkipNotFinite NotFinite = "skip"
)

// KeepState says which state of the student is exported.
type KeepState string

// The states.
const (
	// KeepBest is the checkpoint with the best score (kinds.Main) on the target's validation rows, the earliest
	// of equals, if that is better than the last step's; else, and where there are no such rows
	// or no checkpoints, the last.
	KeepBest KeepState = "best"
	KeepLast KeepState = "last" // after the last step
)

// Checkpoint says when checkpoints are written and which are kept.
type Checkpoint struct {
	// Every is the number of steps from one to the next; 0 writes one only when a run ends or is stopped.
	Every int `yaml:"every" json:"every"`
	// Keep is how many of the newest are kept.
	Keep int `yaml:"keep" json:"keep"`
	// Best keeps the one with the best score on the target's validation rows besides.
	Best bool `yaml:"best" json:"best"`
}

// Cluster describes the workers and how they communicate.
type Cluster struct {
	// Workers is how many a run starts with; 0 takes one for every two cores.
	Workers int `yaml:"workers" json:"workers"`
	// With fewer than MinWorkers the run pauses. Workers beyond MaxWorkers wait as spares; 0 is
	// Workers.
	MinWorkers int `yaml:"min_workers" json:"min_workers"`
	MaxWorkers int `yaml:"max_workers,omitempty" json:"max_workers,omitempty"`
	// NATS is "embedded" or the URL of a server.
	NATS string `yaml:"nats" json:"nats"`
	// Token is a token that a person has made up, for one machine or for the NATS server of NATS. It
	// is a secret, and Write leaves it out.
	Token string `yaml:"token,omitempty" json:"-"`
	// Credentials is the folder with the run's seed; empty makes new credentials for the run.
	Credentials string `yaml:"credentials,omitempty" json:"-"`
	// TLS says where control and ring are encrypted.
	TLS TLSMode `yaml:"tls" json:"-"`
	// GradientDtype is the number format of gradients between workers: float32, bfloat16 or int8.
	GradientDtype string `yaml:"gradient_dtype" json:"gradient_dtype"`
	// Topology says how the ring is connected.
	Topology Topology `yaml:"topology" json:"topology"`
	// Broker is the URL of the server, or of several of a cluster, that a ring of topology
	// Broker goes over; empty is the server that control goes over.
	Broker string `yaml:"broker,omitempty" json:"broker,omitempty"`
	// RingAddress is where a worker's neighbours reach it: an IP address, a network (10.0.0.0/8),
	// a network interface or a host name. Empty tries all addresses of its machine.
	RingAddress string `yaml:"ring_address,omitempty" json:"ring_address,omitempty"`
	// RingPort is the port that a worker's ring server listens at, or a range (ParsePorts);
	// empty is any free port.
	RingPort string `yaml:"ring_port,omitempty" json:"ring_port,omitempty"`
	// RingStripes is over how many parallel links to a neighbour a sum goes (ParseStripes); empty is StripesAuto.
	RingStripes string `yaml:"ring_stripes,omitempty" json:"ring_stripes,omitempty"`
	// HTTP is where the coordinator's HTTP endpoint listens, host:port, or HTTPOff; empty is
	// HTTPDefault. The endpoint has health, metrics and the status document (package monitor).
	HTTP string `yaml:"http" json:"http"`
	// Pin gives each worker on the coordinator's machine cores of its own.
	Pin bool `yaml:"pin" json:"pin"`
	// Oversubscribe lets more workers be started on one machine than it has cores.
	Oversubscribe bool `yaml:"oversubscribe,omitempty" json:"oversubscribe,omitempty"`
}

// TLSMode says where control and ring use TLS.
type TLSMode string

// The modes.
const (
	TLSAuto TLSMode = "auto" // where other machines can connect
	TLSOn   TLSMode = "on"
	TLSOff  TLSMode = "off"
)

// Topology is how the ranks of the ring are connected.
type Topology string

// The topologies.
const (
	Mesh   Topology = "mesh"   // each worker's own server, at which its right neighbour subscribes
	Broker Topology = "broker" // a server for all, for workers that cannot reach each other
)
