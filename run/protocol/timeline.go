package protocol

// Timeline is what a step's time went into on one rank, in seconds. Forward, Backward,
// RingExposed and Optimiser follow one another; RingHidden runs beside Backward.
type Timeline struct {
	// Forward and Backward are sums over the micro-batches.
	Forward  float64 `json:"forward"`
	Backward float64 `json:"backward"`
	// RingHidden is how long the ring was busy while the rank still computed gradients;
	// RingExposed is from then until the last bucket was summed: what the rank waited.
	RingHidden  float64 `json:"ring_hidden"`
	RingExposed float64 `json:"ring_exposed"`
	Optimiser   float64 `json:"optimiser"`
}

// Row is a line of a trace: what goes on in one row goes on one after another.
type Row string

// The rows of a rank.
const (
	ComputeRow Row = "compute"
	RingRow    Row = "ring"
)

// Span is something that took time. Began is in microseconds of Unix time by the
// worker's clock, Micros the length.
type Span struct {
	Row    Row    `json:"r"`
	Name   string `json:"n"`
	Began  int64  `json:"b"`
	Micros int64  `json:"d"`
}
