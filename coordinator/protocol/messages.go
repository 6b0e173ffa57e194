package protocol

import (
	"ringmaster/coordinator/plan"
	"ringmaster/coordinator/transfer"
	"ringmaster/data"
)

// Hello asks to join.
type Hello struct {
	Version int    `json:"version"`
	Worker  string `json:"worker"`
	Host    string `json:"host"`
	PID     int    `json:"pid"`
	// RingURL is the worker's own NATS server, which its right neighbour subscribes at.
	RingURL string `json:"ring_url,omitempty"`
}

// Welcome answers Hello. Refused is empty, or says why not.
type Welcome struct {
	Run     string `json:"run"`
	Refused string `json:"refused,omitempty"`
}

// Poll asks for the orders after Ack.
type Poll struct {
	Ack uint64 `json:"ack"`
}

// Orders answers Poll, in order, without gaps.
type Orders struct {
	Orders []Order `json:"orders"`
}

// Order is one thing a worker is to do; exactly one of the pointers is set.
type Order struct {
	Seq   uint64 `json:"seq"`
	Ring  *Ring  `json:"ring,omitempty"`
	Begin *Begin `json:"begin,omitempty"`
	Step  *Step  `json:"step,omitempty"`
	Chunk *Chunk `json:"chunk,omitempty"`
	Save  *Save  `json:"save,omitempty"`
	End   *End   `json:"end,omitempty"`
}

// Ring tells a worker its place among the members of a generation.
type Ring struct {
	Generation uint64   `json:"generation"`
	Rank       int      `json:"rank"`
	Workers    []string `json:"workers"`   // by rank
	RingURLs   []string `json:"ring_urls"` // by rank
}

// Begin has a worker load a stage's model.
type Begin struct {
	Generation uint64          `json:"generation"`
	Stage      int             `json:"stage"`
	Name       string          `json:"name"`
	Train      bool            `json:"train"` // whether there will be steps
	Folder     transfer.Folder `json:"folder"`
	// Tasks are the stage's heads, in the order examples number them.
	Tasks []Task `json:"tasks"`
	// KeepHeads takes the heads from Folder; otherwise they start anew from Seed.
	KeepHeads bool `json:"keep_heads"`
	// Target is the task (by index) whose head an export carries as the classifier.
	Target      int          `json:"target"`
	Seed        uint64       `json:"seed"`
	Dropout     *float64     `json:"dropout,omitempty"`
	MicroBatch  int          `json:"micro_batch"`
	Targets     plan.Targets `json:"targets"`
	WeightDecay float64      `json:"weight_decay"`
	ClipNorm    float64      `json:"clip_norm"`
	Device      string       `json:"device"`
	// Wire is the number format of gradients on the ring: float32 or bfloat16.
	Wire string `json:"wire"`
	// Trace asks for every step's spans.
	Trace bool `json:"trace,omitempty"`
	// Recipe goes into the saved folder.
	Recipe data.Recipe `json:"recipe"`
}

// Task is a head: a name and its classes in order.
type Task struct {
	Name    string   `json:"name"`
	Classes []string `json:"classes"`
	// Head is which of the folder's heads is meant, when heads are kept.
	Head int `json:"head"`
}

// Example is one text on its way to a rank.
type Example struct {
	Task  int     `json:"t"`
	IDs   []int32 `json:"i"`
	Class int     `json:"c"`
	// Teacher holds the teacher's logits, one a class; absent where the targets are gold.
	Teacher []float32 `json:"l,omitempty"`
}

// Step is one global step, as one rank gets it.
type Step struct {
	Generation uint64  `json:"generation"`
	Stage      int     `json:"stage"`
	Step       int     `json:"step"`
	Lambda     float64 `json:"lambda"`
	LR         float64 `json:"lr"`
	// Count is the number of examples of the global batch: what the sum of losses over
	// all ranks is divided by.
	Count int `json:"count"`
	// Seed keys this rank's dropout in this step.
	Seed     uint64    `json:"seed"`
	Examples []Example `json:"examples"` // this rank's; possibly none
	// Tokens are the token ids of the whole global batch, rising, each once: the only
	// rows of the word embeddings that have a gradient on any rank, and so the only ones
	// that have to travel. Absent in a world of one.
	Tokens []int32 `json:"tokens,omitempty"`
	// Hash asks for the parameter hash after the step.
	Hash bool `json:"hash,omitempty"`
}

// Chunk is a piece of an inference stage.
type Chunk struct {
	Generation uint64    `json:"generation"`
	Stage      int       `json:"stage"`
	Chunk      int       `json:"chunk"`
	Examples   []Example `json:"examples"`
}

// Save has a worker write its model as a Hugging Face folder and offer it.
type Save struct {
	Stage int `json:"stage"`
}

// End lets a worker go. Error says why when the run did not end well.
type End struct {
	Error string `json:"error,omitempty"`
}

// Report is what a worker did; exactly one of the pointers is set.
type Report struct {
	RingReady  *RingReady  `json:"ring_ready,omitempty"`
	StageReady *StageReady `json:"stage_ready,omitempty"`
	StepDone   *StepDone   `json:"step_done,omitempty"`
	ChunkDone  *ChunkDone  `json:"chunk_done,omitempty"`
	Saved      *Saved      `json:"saved,omitempty"`
	Failed     *Failed     `json:"failed,omitempty"`
}

// RingReady: the links of the generation are open.
type RingReady struct {
	Generation uint64 `json:"generation"`
}

// StageReady: the stage's model is loaded.
type StageReady struct {
	Generation uint64 `json:"generation"`
	Stage      int    `json:"stage"`
}

// StepDone: the step is applied. Sums and counts are this rank's own, per task.
type StepDone struct {
	Generation uint64    `json:"generation"`
	Stage      int       `json:"stage"`
	Step       int       `json:"step"`
	LossSum    []float64 `json:"loss_sum"`
	Counts     []int     `json:"counts"`
	GradNorm   float64   `json:"grad_norm"`
	Hash       string    `json:"hash,omitempty"`
	// Seconds is the time from order to report, Timeline what most of it went into.
	Seconds  float64  `json:"seconds"`
	Timeline Timeline `json:"timeline"`
	// RingBytes is what this rank sent to its neighbours; DenseBytes is what it would
	// have sent with all rows of the word embeddings.
	RingBytes  uint64 `json:"ring_bytes"`
	DenseBytes uint64 `json:"dense_bytes"`
	// Spans are there when Begin asked for them.
	Spans []Span `json:"spans,omitempty"`
}

// ChunkDone: the chunk's logits, in the order of its examples.
type ChunkDone struct {
	Generation uint64      `json:"generation"`
	Stage      int         `json:"stage"`
	Chunk      int         `json:"chunk"`
	Logits     [][]float32 `json:"logits"`
}

// Saved: the model is written and can be pulled.
type Saved struct {
	Stage  int             `json:"stage"`
	Folder transfer.Folder `json:"folder"`
}

// Failed: the worker cannot go on. Rank is the one at fault where it is another's.
type Failed struct {
	Reason string `json:"reason"`
	Rank   *int   `json:"rank,omitempty"`
}
