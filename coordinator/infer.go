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

// inferStage asks a model for the logits of examples, each once, whoever is free.
type inferStage struct {
	title string
	heads []protocol.Task
	// folder is the model, known when the stage begins.
	folder func() string
	// seed begins the head of a masked language model that lacks one; nil where logits of
	// heads are asked for.
	seed  *uint64
	offer func(dir string) (transfer.Folder, error)
	// list says which examples are asked for; got takes the logits of some of them, by
	// position in that list; complete is told when all are there.
	list     func() ([]protocol.Example, error)
	got      func(position int, logits []float32) error
	complete func() error
	// found, when it is there, looks for what complete left.
	found func() error
	// describe names an example to a person.
	describe func(position int) string
	// kept, when it is there, brings what was got so far to the disk.
	kept func() error

	examples []protocol.Example
	batches  [][]int // positions
}

func (s *inferStage) name() string    { return s.title }
func (s *inferStage) kind() core.Kind { return core.Infer }

// taskNames is empty: there is no loss here.
func (s *inferStage) taskNames() []string { return nil }

func (s *inferStage) prepare() (begin protocol.Begin, units int, err error) {
	if s.examples, err = s.list(); err != nil || len(s.examples) == 0 {
		return protocol.Begin{}, 0, err
	}
	s.batches = batchesOf(s.examples)
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

func (s *inferStage) recall() error {
	if s.found == nil {
		return nil
	}
	return s.found()
}

// batchesOf puts examples of like length together, so that little is padded.
func batchesOf(examples []protocol.Example) [][]int {
	order := make([]int, len(examples))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool {
		return len(examples[order[a]].IDs) > len(examples[order[b]].IDs)
	})
	var batches [][]int
	for len(order) > 0 {
		n := min(inferenceBatchSize, len(order))
		batches = append(batches, order[:n])
		order = order[n:]
	}
	return batches
}

func (s *inferStage) deal(batch int) protocol.InferenceBatch {
	c := protocol.InferenceBatch{Batch: batch}
	for _, p := range s.batches[batch] {
		c.Examples = append(c.Examples, s.examples[p])
	}
	return c
}

// commit takes a batch's logits; notFinite are those of them that are no numbers.
func (s *inferStage) commit(batch int, logits [][]float32, notFinite []int) error {
	positions := s.batches[batch]
	if len(notFinite) > 0 {
		at := notFinite[0]
		if at < 0 || at >= len(positions) {
			return fmt.Errorf("%s: batch %d came back with an answer to example %d of %d", s.title, batch, at, len(positions))
		}
		return fmt.Errorf("%s: %w: %s of %s have NaN or infinite logits, as %s has. The model's training diverged: look at the losses in events.jsonl, and %s",
			s.title, ErrAnswers, strconv.Itoa(len(notFinite)), screen.Count(len(positions), "text asked about", "texts asked about"), s.describe(positions[at]), calmer)
	}
	if len(logits) != len(positions) {
		return fmt.Errorf("%s: batch %d came back with %d rows of logits for %d examples", s.title, batch, len(logits), len(positions))
	}
	for i, p := range positions {
		if err := s.got(p, logits[i]); err != nil {
			return fmt.Errorf("%s: %w", s.title, err)
		}
	}
	if s.kept != nil {
		return s.kept()
	}
	return nil
}
