package protocol

import (
	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/kinds"
	"ringmaster/model/input"
	"ringmaster/model/weights"
	"ringmaster/run/plan"
	"ringmaster/run/reach"
	"ringmaster/run/transfer"
)

// Hello asks to join.
type Hello struct {
	Version int    `json:"version"`
	Worker  string `json:"worker"`
	Host    string `json:"host"`
	PID     int    `json:"pid"`
	// Threads is with how many processor threads it computes.
	Threads int `json:"threads,omitempty"`
	// RingURL is the worker's own NATS server, which its right neighbour subscribes at. A
	// worker begins without one: the first Welcome says whether it is to have one.
	RingURL string `json:"ring_url,omitempty"`
	// Offer is all that RingURL may be instead, and Findings answer the last Welcome's Questions.
	Offer    *reach.Offer    `json:"offer,omitempty"`
	Findings []reach.Finding `json:"findings,omitempty"`
	// Run is the run that the worker wants, where it was told one.
	Run string `json:"run,omitempty"`
	// Life is made up once by a process: a Hello with another Life comes from another
	// process under the same name, and the first one is no more.
	Life string `json:"life"`
	// Held is what the worker holds of the run, where it was in it before: its coordinator
	// was restarted, or had given it up.
	Held *Held `json:"held,omitempty"`
	// Ticket shows that the worker has the run's token (credentials.Identity.Ticket). ServerKey is the
	// public key of its ring server, for which the coordinator makes a certificate.
	Ticket    []byte `json:"ticket"`
	ServerKey []byte `json:"server_key,omitempty"`
	// Identity is whose signature the message has. It is no part of it.
	Identity string `json:"-"`
}

// Held is a state of a training stage's model that a worker holds.
type Held struct {
	Stage int `json:"stage"`
	// Applied is how many of the stage's steps are in it.
	Applied int `json:"applied"`
	// AppliedGeneration is the generation under which the last of them was applied; for a state that
	// was loaded, the one of its Begin. As a log's index and term do in Raft, the two
	// together name the state.
	AppliedGeneration uint64 `json:"lineage"`
}

// Welcome answers Hello. Refused is empty, or says why not.
type Welcome struct {
	Run     string `json:"run"`
	Refused string `json:"refused,omitempty"`
	// Release: it is refused for its release, and another process of it would be too.
	Release bool `json:"release,omitempty"`
	// Only: the server is the coordinator's own, and no other run is to be found at it. Where Run
	// is not the one that was wanted, that is all the answer.
	Only bool `json:"only,omitempty"`
	// WantRingURL: the worker is not in yet; it is to ask again, with a server of its own, or with
	// what became of connecting to Ring.Broker.
	WantRingURL bool `json:"want_ring_url,omitempty"`
	// Ring says how that server is to listen; absent is on all addresses, at a free port. Certificate is
	// for it, the CA's last, where it is to use TLS.
	Ring        *RingServer `json:"ring,omitempty"`
	Certificate [][]byte    `json:"certificate,omitempty"`
	// Questions: the worker is not in yet; it is to answer them and ask again. Waiting says why,
	// where something is the matter.
	Questions []reach.Question `json:"questions,omitempty"`
	Waiting   string           `json:"waiting,omitempty"`
	// Spare: there are enough workers; this one waits for a place.
	Spare bool `json:"spare,omitempty"`
	// Session numbers the worker's membership: its orders are counted from 1 in it.
	Session string `json:"session,omitempty"`
}

// RingServer is how a worker's own server is to listen.
type RingServer struct {
	// Loopback: all workers are on one machine, and nobody else need reach the server.
	Loopback bool `json:"loopback,omitempty"`
	// TLS: it is to use TLS, handshake first.
	TLS bool `json:"tls,omitempty"`
	// Address and Port are cluster.ring_address and cluster.ring_port.
	Address string `json:"address,omitempty"`
	Port    string `json:"port,omitempty"`
	// Broker is cluster.broker: the ring goes over that server, and the worker starts none.
	Broker string `json:"broker,omitempty"`
}

// Poll asks for the orders of a session after Ack.
type Poll struct {
	Session string `json:"session"`
	Ack     uint64 `json:"ack"`
	// Has is how many bytes the worker holds of order Ack+1, which comes in parts.
	Has int `json:"has,omitempty"`
}

// Orders answers Poll, in order, without gaps.
type Orders struct {
	Orders []Order `json:"orders"`
	// Part is the next piece of the next order, where that is too large for one message.
	Part *Part `json:"part,omitempty"`
	// UnknownSession: the coordinator does not know the session (it was restarted, or has given
	// the worker up). The worker drops its ring and the orders it has, keeps its model, and
	// asks to join again.
	UnknownSession bool `json:"stranger,omitempty"`
}

// Order is one thing a worker is to do; exactly one of the pointers is set.
type Order struct {
	Seq            uint64          `json:"seq"`
	Ring           *Ring           `json:"ring,omitempty"`
	Begin          *Begin          `json:"begin,omitempty"`
	Step           *Step           `json:"step,omitempty"`
	InferenceBatch *InferenceBatch `json:"chunk,omitempty"`
	Save           *Save           `json:"save,omitempty"`
	End            *End            `json:"end,omitempty"`

	Checkpoint *Checkpoint `json:"checkpoint,omitempty"`
	ServeState *ServeState `json:"donate,omitempty"`
	FetchState *FetchState `json:"learn,omitempty"`

	// Reach is answered by a Finding, beside whatever else is under way.
	Reach *reach.Question `json:"reach,omitempty"`
}

// Ring tells a worker its place among the members of a generation.
type Ring struct {
	Generation uint64          `json:"generation"`
	Rank       int             `json:"rank"`
	Workers    []string        `json:"workers"` // by rank
	Topology   config.Topology `json:"topology"`
	// RingURLs are the members' own servers, by rank, in a mesh.
	RingURLs []string `json:"ring_urls,omitempty"`
	// Left is the left neighbour's identity, and Pass lets this worker read its link from it: at the
	// neighbour's server in a mesh, else at the coordinator's.
	Left string `json:"left,omitempty"`
	Pass string `json:"pass,omitempty"`
	// Abrupt: a member was lost. Whatever is under way in an older generation is given up
	// at once, and orders of older generations that are still waiting are void. Otherwise
	// the order takes its turn, so that the ring changes between two steps.
	Abrupt bool `json:"abrupt,omitempty"`
	// Stripes is how many parallel links there are between neighbours in a mesh; 0 and 1 are one.
	Stripes int `json:"stripes,omitempty"`
	// Broker is the URL of the server between all members under topology broker; empty is
	// the one that this order came over. It may hold a password.
	Broker string `json:"broker,omitempty"`
	// Key is the generation's secret, of RingKeyBytes: the members' messages on the ring are
	// sealed with it, and whoever is no member of this generation never learns it.
	Key []byte `json:"key,omitempty"`
}

// RingKeyBytes is the length of Ring.Key.
const RingKeyBytes = 32

// Begin has a worker load a stage's model. It voids all that went before.
type Begin struct {
	// Generation is the state that is loaded, as in Held.
	Generation uint64          `json:"generation"`
	Stage      int             `json:"stage"`
	Name       string          `json:"name"`
	Train      bool            `json:"train"` // whether there will be steps
	Folder     transfer.Folder `json:"folder"`
	// Tasks are the stage's heads, in the order examples number them.
	Tasks []Task `json:"tasks"`
	// MaskedLM: the model is a masked language model, whose one task has no classes. Its head
	// is the folder's where it has one.
	MaskedLM bool `json:"masked_lm,omitempty"`
	// KeepHeads takes all heads from Folder; otherwise those that are not Kept, and a pooler
	// that the folder lacks, start anew from Seed.
	KeepHeads bool `json:"keep_heads"`
	// Target is the task (by index) whose head an export carries as the classifier.
	Target     int          `json:"target"`
	Seed       uint64       `json:"seed"`
	Dropout    *float64     `json:"dropout,omitempty"`
	MicroBatch int          `json:"micro_batch"`
	Targets    plan.Targets `json:"targets"`
	// Temperature and Standardize are the run's distill; 0 is a temperature of 1.
	Temperature float64 `json:"temperature,omitempty"`
	Standardize bool    `json:"standardize,omitempty"`
	WeightDecay float64 `json:"weight_decay"`
	ClipNorm    float64 `json:"clip_norm"`
	// LayerDecay is the factor of the learning rate from one layer to the next below; 0 is one rate for all.
	LayerDecay float64 `json:"layer_decay,omitempty"`
	// HeadRate is the factor of the heads' learning rate; 0 is 1.
	HeadRate float64 `json:"head_rate,omitempty"`
	Device   string  `json:"device"`
	// GradientDtype is the number format of gradients on the ring: float32, bfloat16 or int8.
	GradientDtype string `json:"wire"`
	// Trace asks for every step's spans.
	Trace bool `json:"trace,omitempty"`
	// Recipe goes into the saved folder.
	Recipe data.Recipe `json:"recipe"`
	// Restore is a checkpoint of the stage to go on from; absent, it begins at step 0.
	Restore *Restore `json:"restore,omitempty"`
	// SkipNotFinite has a step whose loss or gradient is not finite count without an update;
	// otherwise it is reported and not applied.
	SkipNotFinite bool `json:"skip_not_finite,omitempty"`
	// BFloat16 has the encoder's matrix products computed in bfloat16.
	BFloat16 bool `json:"bfloat16,omitempty"`
	// GradientCheckpointing has activations computed again in the backward pass in place of kept.
	GradientCheckpointing bool `json:"gradient_checkpointing,omitempty"`
	// Frozen is how much of the encoder training leaves as it is.
	Frozen weights.Frozen `json:"frozen,omitempty"`
	// LoRA adapts the encoder by adapters, which the saved folder has added to the weights.
	LoRA weights.LoRA `json:"lora,omitzero"`
	// Longest are the lengths in tokens of as many texts as a batch has, the longest of the stage, falling.
	Longest []int `json:"longest,omitempty"`
}

// Restore is a checkpoint's folder, with the shards that Checkpoint orders had written.
type Restore struct {
	Folder transfer.Folder `json:"folder"`
	Step   int             `json:"step"` // steps that are in it
}

// Task is a head: a name and its classes, labels or value in order.
type Task struct {
	Name    string   `json:"name"`
	Classes []string `json:"classes"`
	// Kind is what the outputs mean, and Settings what the targets of losses depend on besides.
	Kind     config.Kind    `json:"kind,omitempty"`
	Settings kinds.Settings `json:"settings,omitzero"`
	// Head is which of the folder's heads is meant, where it is kept.
	Head int `json:"head"`
	// Kept: the task's head is the folder's, with its class Order[i] as class i (nil: as they
	// are). KeepHeads keeps all.
	Kept  bool  `json:"kept,omitempty"`
	Order []int `json:"order,omitempty"`
}

// Example is one text as the model takes it: nobody converts it on the way.
type Example = input.Example

// Step is one global step, as one rank gets it.
type Step struct {
	Generation uint64  `json:"generation"`
	Stage      int     `json:"stage"`
	Step       int     `json:"step"`
	Lambda     float64 `json:"lambda"`
	LR         float64 `json:"lr"`
	// Count is the number of losses of the global batch, one an example, or one a masked
	// position: what their sum over all ranks is divided by.
	Count int `json:"count"`
	// Seed keys this rank's dropout in this step.
	Seed     uint64    `json:"seed"`
	Examples []Example `json:"examples"` // this rank's; possibly none
	// Tokens are the token ids of the whole global batch, rising, each once: the only
	// rows of the word embeddings that have a gradient on any rank, and so the only ones
	// that have to travel. Absent in a world of one, and for a masked language model, whose
	// gradient has all rows.
	Tokens TokenSet `json:"tokens,omitempty"`
	// Hash asks for the parameter hash after the step.
	Hash bool `json:"hash,omitempty"`
	// ActiveRanks are the ring's ranks that examples are dealt to, rising: all but those that
	// fetch the state. What a worker reports of the step repeats it.
	ActiveRanks []int `json:"counting"`
	// Committed is how many steps of the stage are on the coordinator's disk for good: what
	// was reported of them need not be kept any longer.
	Committed int `json:"committed"`
}

// Checkpoint has a worker write its shard of the stage's state: part Index of Of of the
// flat vectors, and what rounding lost on this rank. It takes its turn between two steps,
// copies the shard, and is written while training goes on.
type Checkpoint struct {
	Generation uint64 `json:"generation"`
	Stage      int    `json:"stage"`
	Step       int    `json:"step"` // steps applied
	Index      int    `json:"index"`
	Of         int    `json:"of"`
}

// ServeState has a worker keep a copy of its state, with Step steps applied, for others to
// fetch. It takes its turn between two steps.
type ServeState struct {
	Generation uint64 `json:"generation"`
	Stage      int    `json:"stage"`
	Step       int    `json:"step"`
}

// FetchState has a worker take over the state, with Step steps applied, that another serves.
// Until it has it, the worker does its part of the ring with a gradient of zeros and keeps
// the sums; then it applies them in order, and goes on like everybody else.
type FetchState struct {
	Generation uint64 `json:"generation"`
	Stage      int    `json:"stage"`
	Step       int    `json:"step"`
	Source     string `json:"donor"`
	// SourceURL is the source's own server, in a mesh; empty means the one of the orders.
	SourceURL string `json:"donor_url,omitempty"`
	// SourceID is the source's identity, and Pass lets this worker ask it at its server.
	SourceID string `json:"donor_id"`
	Pass     string `json:"pass,omitempty"`
}

// InferenceBatch is a piece of an inference stage.
type InferenceBatch struct {
	Generation uint64    `json:"generation"`
	Stage      int       `json:"stage"`
	Batch      int       `json:"chunk"`
	Examples   []Example `json:"examples"`
}

// Save has a worker write its model as a Hugging Face folder and offer it.
type Save struct {
	Stage int `json:"stage"`
}

// End lets a worker go. Error says why when the run, or the worker's part in it, did not end well.
type End struct {
	Error string `json:"error,omitempty"`
	// Alone: this worker alone is let go, and the run goes on.
	Alone bool `json:"alone,omitempty"`
}

// Report is what a worker did; exactly one of the pointers is set.
type Report struct {
	Session string `json:"session"`

	RingReady     *RingReady     `json:"ring_ready,omitempty"`
	StageReady    *StageReady    `json:"stage_ready,omitempty"`
	StepDone      *StepDone      `json:"step_done,omitempty"`
	InferenceDone *InferenceDone `json:"chunk_done,omitempty"`
	Saved         *Saved         `json:"saved,omitempty"`
	Failed        *Failed        `json:"failed,omitempty"`
	ShardDone     *ShardDone     `json:"shard_done,omitempty"`
	Broken        *Broken        `json:"broken,omitempty"`
	Leaving       *Leaving       `json:"leaving,omitempty"`
	// Part is a piece of a report that is too large for one message.
	Part *Part `json:"part,omitempty"`

	Finding *reach.Finding `json:"finding,omitempty"`
}

// RingReady: the links of the generation are open, and where the worker stands.
type RingReady struct {
	Generation uint64 `json:"generation"`
	// Held is absent while the worker holds no model that trains, or fetches the state still.
	Held *Held `json:"held,omitempty"`
	// Pending is what it reported of the applied steps that are not committed for good, as
	// far as it knows.
	Pending []StepDone `json:"pending,omitempty"`
}

// Broken: the ring of a generation is of no use any more; the worker lives and waits for
// a new one. Rank is the one at fault where that is known: another's, or the worker's own.
type Broken struct {
	Generation uint64 `json:"generation"`
	Reason     string `json:"reason"`
	Rank       *int   `json:"rank,omitempty"`
}

// Leaving: the worker was asked to go. It does what it is dealt until an End.
type Leaving struct {
	Reason string `json:"reason"`
}

// ShardDone: the shard that a Checkpoint order asked for is written and can be pulled, or
// Error says why not.
type ShardDone struct {
	Generation uint64          `json:"generation"`
	Stage      int             `json:"stage"`
	Step       int             `json:"step"`
	Index      int             `json:"index"`
	Of         int             `json:"of"`
	Folder     transfer.Folder `json:"folder"`
	Error      string          `json:"error,omitempty"`
}

// StageReady: the stage's model is loaded.
type StageReady struct {
	Generation uint64 `json:"generation"`
	Stage      int    `json:"stage"`
}

// StepDone: the step is applied. Sums and counts are those of all ranks, per task: the
// ring carries them, so that any one rank's report tells the whole step.
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
	// RingInTransit is how long the right neighbour has waited for what this rank had sent
	// already, in seconds: what the link between them costs. A step's last part may be
	// known, and told, in the next step only.
	RingInTransit float64 `json:"ring_in_transit"`
	// Spans are there when Begin asked for them.
	Spans []Span `json:"spans,omitempty"`
	// ActiveRanks is the order's, World the number of the ring's ranks.
	ActiveRanks []int `json:"counting"`
	World       int   `json:"world"`
	// NotFinite says that loss or gradient was not finite. The parameters are as they were.
	NotFinite *NotFinite `json:"not_finite,omitempty"`
}

// NotFinite is what a rank knows of a step whose gradient is not finite on all of them.
type NotFinite struct {
	// Examples are the positions among this rank's examples whose loss or gradient is not
	// finite; none where the fault is not here.
	Examples []int  `json:"examples,omitempty"`
	Reason   string `json:"reason"`
}

// InferenceDone: the batch's logits, in the order of its examples; of a masked language model the
// sum of the example's losses alone.
type InferenceDone struct {
	Generation uint64      `json:"generation"`
	Stage      int         `json:"stage"`
	Batch      int         `json:"chunk"`
	Logits     [][]float32 `json:"logits"`
	// NotFinite are the positions of examples whose answer is NaN or infinite, for which JSON
	// has no word; their Logits are null.
	NotFinite []int `json:"not_finite,omitempty"`
}

// Saved: the model is written and can be pulled; with an Error it is not, and the worker
// still has it.
type Saved struct {
	Stage  int             `json:"stage"`
	Folder transfer.Folder `json:"folder"`
	Error  string          `json:"error,omitempty"`
}

// Failed: the worker cannot go on, and ends.
type Failed struct {
	Reason string `json:"reason"`
}

// Reply answers a report.
type Reply struct {
	// UnknownSession is as in Orders.
	UnknownSession bool `json:"stranger,omitempty"`
	// Has answers a part: how many bytes of its report are there. It is 0, too, where the
	// report is not known; Whole says that it is all there.
	Has   int  `json:"has,omitempty"`
	Whole bool `json:"whole,omitempty"`
}
