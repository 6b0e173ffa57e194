package ringbench

import (
	"slices"

	"ringmaster/benchmark/rounds"
)

// Row is what was measured of one world, vector, wire and topology. Seconds are of one
// all-reduce; without Min or Max in their name, the median over the rounds. Peer fields
// and ratios are there only if there was a peer.
type Row struct {
	Workers  int      `json:"workers"`
	Floats   int      `json:"floats"`
	Wire     Wire     `json:"wire"`
	Topology Topology `json:"topology"`

	Seconds    float64 `json:"seconds"`
	SecondsMin float64 `json:"seconds_min"`
	SecondsMax float64 `json:"seconds_max"`
	// GBps is the vector's 4 bytes an element, whatever the wire, by Seconds, in 1e9 bytes a second.
	GBps float64 `json:"gbps"`
	// CPUSeconds are user and system seconds of all ranks and a broker.
	CPUSeconds float64 `json:"cpu_seconds"`
	// LinkGBps is what raw TCP carries on each link while all are busy: the most over the
	// rounds, since it makes a bound.
	LinkGBps float64 `json:"link_gbps"`
	// RingBoundShare is the shortest time that such links allow a ring, by Seconds.
	RingBoundShare float64 `json:"ring_bound_share"`
	// Operations are the all-reduces of a round.
	Operations int `json:"operations"`

	PeerSeconds    float64 `json:"peer_seconds,omitempty"`
	PeerSecondsMin float64 `json:"peer_seconds_min,omitempty"`
	PeerSecondsMax float64 `json:"peer_seconds_max,omitempty"`
	PeerGBps       float64 `json:"peer_gbps,omitempty"`
	PeerCPUSeconds float64 `json:"peer_cpu_seconds,omitempty"`
	// Ratio is how many times the peer's speed the ring has, taken round by round.
	Ratio    float64 `json:"ratio,omitempty"`
	RatioMin float64 `json:"ratio_min,omitempty"`
	RatioMax float64 `json:"ratio_max,omitempty"`
}

// roundSamples are the samples of a row; peer is empty where there is none.
type roundSamples struct {
	ours, peer []sample
	links      []float64 // bytes a second
}

// summarise fills in what follows from the samples.
func (r *Row) summarise(s roundSamples) {
	seconds, cpu := columns(s.ours)
	r.Seconds, r.SecondsMin, r.SecondsMax = spread(seconds)
	r.CPUSeconds, _, _ = spread(cpu)
	r.GBps = r.gbps(r.Seconds)
	link := slices.Max(s.links)
	r.LinkGBps = link / 1e9
	r.RingBoundShare = r.ringBytes() / link / r.Seconds
	if len(s.peer) == 0 {
		return
	}
	peer, peerCPU := columns(s.peer)
	r.PeerSeconds, r.PeerSecondsMin, r.PeerSecondsMax = spread(peer)
	r.PeerCPUSeconds, _, _ = spread(peerCPU)
	r.PeerGBps = r.gbps(r.PeerSeconds)
	r.Ratio, r.RatioMin, r.RatioMax = spread(rounds.Ratios(peer, seconds))
}

// ringBytes is what each rank of a ring has to send: 2(N−1)/N of the vector as it travels.
func (r *Row) ringBytes() float64 {
	return 2 * float64(r.Workers-1) / float64(r.Workers) * float64(r.Wire.bytes(r.Floats))
}

func (r *Row) gbps(seconds float64) float64 { return 4 * float64(r.Floats) / seconds / 1e9 }

func columns(samples []sample) (seconds, cpu []float64) {
	for _, s := range samples {
		seconds, cpu = append(seconds, s.seconds), append(cpu, s.cpuSeconds)
	}
	return seconds, cpu
}

func spread(values []float64) (median, least, most float64) {
	s := rounds.Of(values)
	return s.Median, s.Min, s.Max
}
