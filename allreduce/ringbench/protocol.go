package ringbench

// Parent and ranks, ours and the peer's alike, speak in lines of JSON: the parent writes
// an order to a rank's standard input, the rank writes one answer to its standard output.
// The end of its input is a rank's order to leave, whatever it is doing.

// What an order may ask for, in the order in which they come.
const (
	doListen  = "listen"  // be reachable; answers with addresses
	doJoin    = "join"    // link up with the neighbours
	doPrepare = "prepare" // have a vector
	doMeasure = "measure" // sum it so many times; answers with seconds
	doStream  = "stream"  // send raw bytes to the right neighbour; answers with seconds
	doProfile = "profile" // write a CPU profile to Path from now on; without a Path, end it
)

// order is what the parent asks a rank to do.
type order struct {
	Do string `json:"do"`

	// listen
	Rank     int      `json:"rank"`
	World    int      `json:"world,omitempty"`
	Topology Topology `json:"topology,omitempty"`

	// join; by rank
	Addresses  []string `json:"addresses,omitempty"`
	Streams    []string `json:"streams,omitempty"`
	Broker     string   `json:"broker,omitempty"`
	ChunkBytes int      `json:"chunk_bytes,omitempty"`
	Window     int      `json:"window,omitempty"`
	Stripes    int      `json:"stripes,omitempty"`

	// prepare
	Floats int  `json:"floats,omitempty"`
	Wire   Wire `json:"wire,omitempty"`

	Operations int    `json:"operations,omitempty"` // measure
	Bytes      int64  `json:"bytes,omitempty"`      // stream
	Path       string `json:"path,omitempty"`       // profile
}

// answer is what a rank says to an order.
type answer struct {
	// Error ends the rank's part: a sentence.
	Error string `json:"error,omitempty"`

	Address string `json:"address,omitempty"` // where ranks of the ring find this one
	Stream  string `json:"stream,omitempty"`  // where it takes raw bytes

	Seconds    float64 `json:"seconds,omitempty"`     // of all operations, or of all bytes
	CPUSeconds float64 `json:"cpu_seconds,omitempty"` // user and system, of all operations
}
