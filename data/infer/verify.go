package infer

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/leak"
	"ringmaster/shown"
)

// mostBad is the largest share of bad rows that a written file allows; with more, the rows are not what they were taken for.
const mostBad = 0.2

// telling is the share of test texts contained in training texts from which on a split keeps them together.
const telling = 0.1

// verify loads the file as it is written and reads its corpora as train does, until all of them can be read.
func (f *file) verify(ctx context.Context) error {
	for range 4 * len(f.drafts) {
		run, err := f.load()
		if err != nil {
			return err
		}
		changed := false
		for i, d := range f.drafts {
			if !d.whole() || d.report != nil {
				continue
			}
			again, err := d.try(ctx, run.BaseDir, run.Tasks[i])
			if err != nil {
				return err
			}
			changed = changed || again
		}
		if !changed {
			return nil
		}
	}
	return nil
}

// whole says whether every row was read, so that the corpus is small enough to be read again.
func (d *draft) whole() bool {
	for _, t := range d.tables {
		if t.sampled != "" {
			return false
		}
	}
	return true
}

// load reads the file as config does.
func (f *file) load() (run *config.Run, err error) {
	written, err := os.CreateTemp("", "ringmaster-init-*.yaml")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.Remove(written.Name())) }()
	if _, err := written.WriteString(f.text()); err != nil {
		return nil, errors.Join(err, written.Close())
	}
	if err := written.Close(); err != nil {
		return nil, err
	}
	return config.Load(written.Name(), config.LoadOptions{BaseDir: f.options.Dir})
}

// try reads a corpus; again says that the draft was changed and is to be tried once more.
func (d *draft) try(ctx context.Context, baseDir string, task config.Task) (again bool, err error) {
	corpus, err := data.Load(ctx, baseDir, task)
	var bad *data.BadRowsError
	switch {
	case errors.As(err, &bad):
		share := float64(bad.Report.BadTotal()) / float64(bad.Report.Read)
		if share > mostBad || d.maxBad > 0 {
			return false, err
		}
		d.maxBad = math.Ceil(share*100+0.5) / 100
		d.badWhy = fmt.Sprintf("%d of %s rows cannot be read", bad.Report.BadTotal(), thousands(bad.Report.Read))
		if len(bad.Report.BadRows) > 0 {
			d.badWhy += ", as " + shown.Line(bad.Report.BadRows[0].String())
		}
		return true, nil
	case errors.Is(err, data.ErrTooFewGroups):
		if d.group == "" && !d.contained {
			return false, err
		}
		d.comments = append(d.comments, fmt.Sprintf("rows are not split by %s: it has too few groups for the parts", d.togetherBy()))
		d.group, d.contained = "", false
		return true, nil
	case err != nil:
		return false, err
	}
	if d.carves() && d.group == "" && !d.contained && d.leaks == "" {
		if again, err = d.leaky(ctx, corpus); again || err != nil {
			return again, err
		}
	}
	d.report = &corpus.Report
	return false, nil
}

func (d *draft) togetherBy() string {
	if d.contained {
		return "contained texts"
	}
	return d.group
}

// leaky looks whether texts of a part that is split off are contained in training texts.
func (d *draft) leaky(ctx context.Context, corpus *data.Corpus) (bool, error) {
	found, err := leak.Find(ctx, corpus)
	if err != nil {
		return false, err
	}
	for _, pair := range found.Pairs {
		given := len(d.parts[pair.Tested]) > 0 || d.roles.part != nil && d.names(pair.Tested)
		if pair.Held == trainPart && !given && d.splitByText(pair) {
			return true, nil
		}
		if share := float64(pair.Contained.Rows) / float64(max(pair.Looked, 1)); pair.Held == trainPart && !given && pair.Looked >= 20 && share > telling {
			d.contained = true
			d.leaks = fmt.Sprintf("split at random, %.0f%% of the longer texts of %s would be contained in a training text", 100*share, pair.Tested)
			return true, nil
		}
	}
	return false, nil
}
