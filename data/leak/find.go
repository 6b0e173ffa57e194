package leak

import (
	"context"

	"ringmaster/data"
	"ringmaster/data/shingles"
)

// limits bound what is done for two parts.
type limits struct {
	texts int // tested texts that are looked at
	steps int // words and shingles that are compared
}

// usual takes a second or two at most, beside reading the texts.
var usual = limits{texts: 20_000, steps: 150_000_000}

// Find compares the parts of a corpus. Errors are ctx's, and of kind spool.ErrDisk.
func Find(ctx context.Context, corpus *data.Corpus) (*Report, error) {
	r := &Report{Task: corpus.Task, Pairs: []Pair{}}
	v := shingles.Vocabulary{}
	parts := []part{
		{name: "train", corpus: corpus, examples: corpus.Train},
		{name: "valid", corpus: corpus, examples: corpus.Valid},
		{name: "test", corpus: corpus, examples: corpus.Test},
	}
	for i := range parts {
		var err error
		if parts[i].texts, err = wordsOf(ctx, v, parts[i].examples); err != nil {
			return nil, err
		}
	}
	for _, pair := range [][2]int{{0, 1}, {0, 2}, {1, 2}} {
		held, tested := parts[pair[0]], parts[pair[1]]
		if held.texts.count() == 0 || tested.texts.count() == 0 {
			continue
		}
		p, err := compare(ctx, held, tested, usual)
		if err != nil {
			return nil, err
		}
		r.Pairs = append(r.Pairs, p)
	}
	return r, nil
}

// Between compares the training texts of one task's corpus with the test texts of another's, as
// of a student that learns the one and is tested on the other. Errors are ctx's, and of kind spool.ErrDisk.
func Between(ctx context.Context, learnt, asked *data.Corpus) (*Report, error) {
	v := shingles.Vocabulary{}
	held := part{name: "train", corpus: learnt, examples: learnt.Train}
	tested := part{name: "test", corpus: asked, examples: asked.Test}
	for _, p := range []*part{&held, &tested} {
		var err error
		if p.texts, err = wordsOf(ctx, v, p.examples); err != nil {
			return nil, err
		}
	}
	p, err := compare(ctx, held, tested, usual)
	p.Of = learnt.Task
	return &Report{Task: asked.Task, Pairs: []Pair{p}}, err
}

// part is one part of a corpus with its texts' words.
type part struct {
	name     string
	corpus   *data.Corpus
	examples data.Part
	texts    *texts
}
