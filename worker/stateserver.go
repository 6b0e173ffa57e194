package worker

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"unsafe"

	"github.com/nats-io/nats.go"

	"ringmaster/allreduce"
	"ringmaster/model"
	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

// transferredState is a training state on its way between workers, with the generation under
// which its last step was applied.
type transferredState struct {
	model.State
	AppliedGeneration uint64
}

// stateNote describes a served state; it is sent before the vectors.
type stateNote struct {
	Updates           int64  `json:"updates"` // of AdamW
	AppliedGeneration uint64 `json:"lineage"`
}

// stateServer serves copies of this worker's training states from memory: in a mesh over this
// worker's own ring server, else over the run's server.
type stateServer struct {
	link     *link
	endpoint *allreduce.Endpoint // nil under a broker
	log      *slog.Logger

	conn       *nats.Conn // to own; nil otherwise
	memory     *transfer.Memory
	generation uint64 // of the last served state
}

// stateName names a state by the generation that it is served in, so that nobody is given
// that of another.
func stateName(generation uint64, stage, step int) string {
	return fmt.Sprintf("state-%d-%d-%d", generation, stage, step)
}

// serve keeps a copy of the stage's state for other workers to fetch.
func (s *stateServer) serve(order *protocol.ServeState, stage *stage) error {
	if err := stage.checkState("a state transfer", order.Stage, order.Step); err != nil {
		return err
	}
	if err := s.open(); err != nil {
		return err
	}
	if order.Generation > s.generation {
		s.withdraw()
		s.generation = order.Generation
	}
	name := stateName(order.Generation, order.Stage, order.Step)
	if s.memory.Has(name) { // it was copied for another worker
		return nil
	}
	state, err := stage.model.State()
	if err != nil {
		return err
	}
	note, err := json.Marshal(stateNote{Updates: state.Step, AppliedGeneration: stage.applied.state.AppliedGeneration})
	if err != nil {
		return err
	}
	s.memory.Offer(name, note, bytesOf(state.Parameters), bytesOf(state.ExpAvg), bytesOf(state.ExpAvgSq))
	s.log.Info("serving the training state", "step", order.Step)
	return nil
}

func (s *stateServer) open() (err error) {
	if s.memory != nil {
		return nil
	}
	nc := s.link.nc
	if s.endpoint != nil {
		if nc, err = s.endpoint.Client(nats.Name("states of " + s.link.worker)); err != nil {
			return err
		}
		s.conn = nc
	}
	s.memory, err = transfer.ServeMemory(nc, protocol.StateSubject(s.link.run, s.link.identity.ID(), protocol.Any))
	return err
}

// withdraw frees the copies.
func (s *stateServer) withdraw() {
	if s.memory != nil {
		s.memory.Withdraw()
	}
}

func (s *stateServer) close() (err error) {
	if s.memory != nil {
		err = s.memory.Close()
	}
	if s.conn != nil {
		s.conn.Close()
	}
	s.memory, s.conn = nil, nil
	return err
}

// errStateNote: what the source sent is not a training state of this model.
var errStateNote = errors.New("the other worker sent no training state of this model")

// bytesOf is a vector's memory. Workers of one run have the same byte order; the ring relies
// on it too.
func bytesOf(x []float32) []byte {
	if len(x) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), 4*len(x))
}
