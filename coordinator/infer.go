package coordinator

import (
	"fmt"
	"sort"
	"strconv"

	"ringmaster/coordinator/core"
	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
	"ringmaster/screen"
)

// inferenceBatchSize is how many examples are asked for at a time: enough to fill a worker for
// a good part of a second, few enough that a slow one holds nobody up.
const inferenceBatchSize = 64

// inference is what a stage asks a model, and what becomes of the answers.
type inference interface {
	// folder is the model's, known when the stage begins.
	folder() string
	// list says how many examples are asked for, and how many ids each has. Positions below are positions in that list.
	list() (sizes []int, err error)
	// example is one of them; head is the head that answers it.
	example(position int) (protocol.Example, error)
	head(position int) int
	// describe names an example to a person.
	describe(position int) string
	// add takes the answer to an example: its logits, or the loss of a masked sequence.
	add(position int, answer []float32) error
	// flush brings what was added so far to the disk, where it can be used without the rest.
	flush() error
	// complete is called when all answers are there.
	complete() error
	// recall looks for what complete left.
	recall() error
}

// inferStage asks a model about examples, each once, whichever worker is free.
type inferStage struct {
	inference
	title string
	heads []protocol.Task
	// seed begins the head of a masked language model that lacks one; nil where logits of
	// heads are asked for.
	seed  *uint64
	offer func(dir string) (transfer.Folder, error)

	batches [][]int // positions
}

func (s *inferStage) name() string    { return s.title }
func (s *inferStage) kind() core.Kind { return core.Infer }

// taskNames is empty: there is no loss here.
func (s *inferStage) taskNames() []string { return nil }

func (s *inferStage) prepare() (begin protocol.Begin, units int, err error) {
	sizes, err := s.list()
	if err != nil || len(sizes) == 0 {
		return protocol.Begin{}, 0, err
	}
	s.batches = batchesOf(sizes)
	folder, err := s.offer(s.folder())
	if err != nil {
		return protocol.Begin{}, 0, err
	}
	begin = protocol.Begin{Folder: folder, Tasks: s.heads, KeepHeads: true}
	if s.seed != nil {
		begin.MaskedLM, begin.Seed = true, *s.seed
	}
	return begin, len(s.batches), nil
}

func (s *inferStage) finish() error { return s.complete() }

// batchesOf puts examples of like length together, so that little is padded.
func batchesOf(sizes []int) [][]int {
	order := make([]int, len(sizes))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool {
		return sizes[order[a]] > sizes[order[b]]
	})
	var batches [][]int
	for len(order) > 0 {
		n := min(inferenceBatchSize, len(order))
		batches = append(batches, order[:n])
		order = order[n:]
	}
	return batches
}

func (s *inferStage) deal(batch int) (protocol.InferenceBatch, error) {
	b := protocol.InferenceBatch{Batch: batch}
	for _, p := range s.batches[batch] {
		e, err := s.example(p)
		if err != nil {
			return b, err
		}
		b.Examples = append(b.Examples, e)
	}
	return b, nil
}

// commit takes a batch's answers; notFinite are those of them that are NaN or infinite.
func (s *inferStage) commit(batch int, answers [][]float32, notFinite []int) error {
	positions := s.batches[batch]
	if len(notFinite) > 0 {
		at := notFinite[0]
		if at < 0 || at >= len(positions) {
			return fmt.Errorf("%s: the results of batch %d name example %d of %d", s.title, batch, at, len(positions))
		}
		return fmt.Errorf("%s: %w: %s of %s have NaN or infinite logits, for example %s. The model's training diverged: check the losses in events.jsonl, and %s",
			s.title, ErrAnswers, strconv.Itoa(len(notFinite)), screen.Count(len(positions), "text", "texts"), s.describe(positions[at]), calmer)
	}
	if len(answers) != len(positions) {
		return fmt.Errorf("%s: batch %d has %d rows of logits for %d examples", s.title, batch, len(answers), len(positions))
	}
	for i, p := range positions {
		if err := s.add(p, answers[i]); err != nil {
			return fmt.Errorf("%s: %w", s.title, err)
		}
	}
	return s.flush()
}
