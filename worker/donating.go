package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"unsafe"

	"github.com/nats-io/nats.go"

	"ringmaster/model"
	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

// donated is a training state on its way to another worker, with the generation of its last
// step.
type donated struct {
	model.State
	AppliedGeneration uint64
}

// donationNote goes before the vectors.
type donationNote struct {
	Updates           int64  `json:"updates"` // of AdamW
	AppliedGeneration uint64 `json:"lineage"`
}

// donations gives out copies of this worker's states from memory: over its own server in a
// mesh, where learners come to it as the right neighbour does, else over the run's.
type donations struct {
	conn       *nats.Conn // to the own server; nil otherwise
	server     *transfer.Memory
	generation uint64 // of the last one
}

// donationName names a state: what is asked for must be of the very generation.
func donationName(generation uint64, stage, step int) string {
	return fmt.Sprintf("state-%d-%d-%d", generation, stage, step)
}

// donate keeps a copy of the state for others to fetch.
func (e *executor) donate(d *protocol.ServeState) error {
	if err := e.trains("donation", d.Stage); err != nil {
		return err
	}
	if e.learning != nil || e.held.Applied != d.Step {
		return fmt.Errorf("%w: a donation of step %d from a state of %d steps", ErrOrder, d.Step, e.held.Applied)
	}
	if err := e.openDonations(); err != nil {
		return err
	}
	if d.Generation > e.donations.generation {
		e.donations.withdraw()
		e.donations.generation = d.Generation
	}
	name := donationName(d.Generation, d.Stage, d.Step)
	if e.donations.server.Has(name) { // for another learner
		return nil
	}
	state, err := e.model.State()
	if err != nil {
		return err
	}
	note, err := json.Marshal(donationNote{Updates: state.Step, AppliedGeneration: e.held.AppliedGeneration})
	if err != nil {
		return err
	}
	e.donations.server.Offer(name, note,
		bytesOf(state.Parameters), bytesOf(state.ExpAvg), bytesOf(state.ExpAvgSq))
	e.options.Log.Info("donating", "step", d.Step)
	return nil
}

func (e *executor) openDonations() (err error) {
	if e.donations.server != nil {
		return nil
	}
	nc := e.link.nc
	if e.own != nil {
		if nc, err = e.own.Client(nats.Name("donations of " + e.link.worker)); err != nil {
			return err
		}
		e.donations.conn = nc
	}
	e.donations.server, err = transfer.ServeMemory(nc, protocol.StateSubject(e.link.run, e.link.worker))
	return err
}

// withdraw lets go of the memory.
func (d *donations) withdraw() {
	if d.server != nil {
		d.server.Withdraw()
	}
}

func (d *donations) close() (err error) {
	if d.server != nil {
		err = d.server.Close()
	}
	if d.conn != nil {
		d.conn.Close()
	}
	d.server, d.conn = nil, nil
	return err
}

// errDonation: what the donor gives is not a state of this model.
var errDonation = errors.New("the donated state does not fit the model")

// fetchState asks a donor for a state, which may come to it later only, until it is here.
func (e *executor) fetchState(ctx context.Context, order protocol.FetchState, size int) (d donated, err error) {
	nc := e.link.nc
	if order.SourceURL != "" {
		if nc, err = protocol.Dial(order.SourceURL, "", nats.Name("learner "+e.link.worker), nats.MaxReconnects(-1), nats.ReconnectWait(retryPause)); err != nil {
			return d, err
		}
		defer nc.Close()
	}
	d.Parameters, d.ExpAvg, d.ExpAvgSq = make([]float32, size), make([]float32, size), make([]float32, size)
	into := [][]byte{bytesOf(d.Parameters), bytesOf(d.ExpAvg), bytesOf(d.ExpAvgSq)}
	subject := protocol.StateSubject(e.link.run, order.Source)
	text, err := transfer.FetchMemory(ctx, nc, subject, donationName(order.Generation, order.Stage, order.Step), learnPatience, into)
	if err != nil {
		return d, err
	}
	var note donationNote
	if err := json.Unmarshal(text, &note); err != nil {
		return d, fmt.Errorf("%w: %w", errDonation, err)
	}
	d.Step, d.AppliedGeneration = note.Updates, note.AppliedGeneration
	return d, nil
}

// bytesOf is the memory of a vector. Machines whose workers meet are of one byte order, as
// the ring's vectors ask for too.
func bytesOf(x []float32) []byte {
	if len(x) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), 4*len(x))
}
