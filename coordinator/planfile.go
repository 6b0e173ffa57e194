package coordinator

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"ringmaster/kinds"
	"ringmaster/run/directory"
)

// planFile is plan.json: what the run will do, and which stages had nothing to do.
type planFile struct {
	*setup
	stages  []stage
	planned directory.Plan // as it stands in the run directory
}

// write writes plan.json, the configuration and the corpora, and opens the run's record.
func (p *planFile) write(line *pipeline) error {
	hash := sha256.New()
	if err := p.job.Run.Write(hash); err != nil {
		return err
	}
	p.stages = line.stages
	p.planned = p.job.Planned()
	p.planned.Base, p.planned.Tokenizer, p.planned.Teachers = p.job.Base.Dir, p.job.Tokenizer.Hash(), map[string]string{}
	for _, t := range p.job.Tasks {
		if scale := t.Settings.Scale; !scale.None() {
			if p.planned.Scales == nil {
				p.planned.Scales = map[string]kinds.Scale{}
			}
			p.planned.Scales[t.Name] = scale
		}
	}
	for _, teachers := range line.teachers {
		for _, t := range teachers {
			if t.dir != "" {
				p.planned.Teachers[t.name()] = t.dir
			}
		}
	}
	if p.opts.Resume {
		if err := p.read(); err != nil {
			return err
		}
	}
	p.planned.Before = line.lengths.before
	// The plan first: while the configuration is the old one, its length can be found again.
	if err := p.dir.WritePlan(p.planned); err != nil {
		return err
	}
	if err := p.dir.WriteConfig(p.job.Run.Write); err != nil {
		return err
	}
	if err := p.dir.WriteCorpora(p.job.Described()); err != nil {
		return err
	}
	contents, err := p.job.Contents()
	if err != nil {
		return err
	}
	return p.dir.Record(directory.Entry{Opened: &directory.Opened{
		Run: p.opts.Name, Started: time.Now().UTC(), Config: hex.EncodeToString(hash.Sum(nil)), Rows: contents,
	}})
}

// addTaken notes a stage that had nothing to do, since what it makes was at hand.
func (p *planFile) addTaken(stage string) error {
	p.planned.Taken = append(p.planned.Taken, stage)
	return p.dir.WritePlan(p.planned)
}

// read takes over what plan.json says of a resumed run. A missing or damaged one is rebuilt.
// One with other rows means that the data have changed since the steps that are done, and so do rows of the same numbers with
// other texts or labels, which the record tells.
func (p *planFile) read() error {
	record, _, err := p.dir.ReadRecord()
	if err != nil {
		return err
	}
	before, err := p.dir.ReadPlan()
	switch {
	case err == nil:
		task := p.otherRows(before)
		if task == "" {
			p.planned.Taken = before.Taken
			return p.sameContents(record)
		}
		if agree, err := p.ledgerAgrees(); err != nil || !agree {
			return errors.Join(err, fmt.Errorf("%w: the training rows of task %s differ from those that the run began with: restore the data, or start another run",
				ErrCannotResume, task))
		}
		fallthrough // the ledger knows these rows, so that plan.json is what changed
	case errors.Is(err, directory.ErrDamaged):
		aside, err := directory.SetAside(p.dir.Plan(), "damaged")
		if err != nil {
			return err
		}
		p.notify("plan.json is damaged and is rebuilt from the data; the damaged file is kept as %s", filepath.Base(aside))
	case errors.Is(err, fs.ErrNotExist):
		p.notify("plan.json is missing and is rebuilt from the data")
	default:
		return err
	}
	if err := p.sameContents(record); err != nil {
		return err
	}
	// A stage that is done and has no line in the logs had nothing to do.
	logged, err := p.dir.StepsLogged()
	if err != nil {
		return err
	}
	for _, done := range record.Done {
		trains := slices.ContainsFunc(p.stages, func(s stage) bool { _, trains := s.(*trainStage); return trains && s.name() == done.Name })
		if trains && logged[done.Name] == 0 {
			p.planned.Taken = append(p.planned.Taken, done.Name)
		}
	}
	return nil
}

// sameContents refuses rows whose texts or labels are not those that the run began with.
func (p *planFile) sameContents(record directory.Record) error {
	now, err := p.job.Contents()
	if err != nil {
		return err
	}
	for _, task := range slices.Sorted(maps.Keys(now)) {
		if before := record.Rows[task]; before != "" && before != now[task] {
			return fmt.Errorf("%w: texts or labels of task %s differ from those that the run began with: restore its files, or start another run",
				ErrCannotResume, task)
		}
	}
	return nil
}

// otherRows names a task whose training rows differ between a plan and the data; empty if none
// does.
func (p *planFile) otherRows(before directory.Plan) string {
	for i, task := range p.planned.Tasks {
		if i >= len(before.Tasks) || before.Tasks[i].Name != task.Name || !slices.Equal(before.Tasks[i].Rows, task.Rows) || !slices.Equal(before.Tasks[i].Classes, task.Classes) {
			return task.Name
		}
	}
	return ""
}

// enough is how many lines of the ledger are compared with the data.
const enough = 100

// ledgerAgrees says whether the steps that were done had the examples that the present data
// give them.
func (p *planFile) ledgerAgrees() (bool, error) {
	plans := map[string]*trainStage{}
	for _, s := range p.stages {
		if s, trains := s.(*trainStage); trains {
			plans[s.name()] = s
		}
	}
	agrees, held := true, 0
	_, err := p.dir.ReadLedger(func(entry directory.LedgerEntry) error {
		s := plans[entry.Stage]
		if s == nil || entry.Lost || !agrees || held == enough {
			return nil
		}
		held++
		planned, err := s.planned()
		if err != nil {
			return err
		}
		step, err := planned.Step(entry.Step)
		if err != nil {
			return err
		}
		left := map[directory.ExampleID]int{}
		for _, d := range step.Examples {
			left[s.exampleID(d)]++
		}
		for _, rank := range entry.Ranks {
			for _, id := range rank {
				left[id]--
			}
		}
		for _, n := range left {
			agrees = agrees && n == 0
		}
		return nil
	})
	return agrees && held > 0, err
}
