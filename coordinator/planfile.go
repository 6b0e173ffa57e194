package coordinator

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"ringmaster/run/directory"
)

// writePlan writes what the run is to do, and opens its record.
func (r *coordinator) writePlan() error {
	hash := sha256.New()
	if err := r.job.Run.Write(hash); err != nil {
		return err
	}
	r.planned = r.job.Planned()
	r.planned.Base, r.planned.Tokenizer, r.planned.Teachers = r.job.Base.Dir, r.job.Tokenizer.Hash(), map[string]string{}
	for task, t := range r.teachers {
		r.planned.Teachers[task.Name] = t.dir
	}
	if r.opts.Resume {
		if err := r.readPlan(); err != nil {
			return err
		}
	}
	r.planned.Before = r.before
	// The plan first: while the configuration is the old one, its length can be found again.
	if err := r.dir.WritePlan(r.planned); err != nil {
		return err
	}
	if err := r.dir.WriteConfig(r.job.Run.Write); err != nil {
		return err
	}
	if err := r.dir.WriteCorpora(r.job.Described()); err != nil {
		return err
	}
	return r.dir.Record(directory.Entry{Opened: &directory.Opened{
		Run: r.opts.Name, Started: time.Now().UTC(), Config: hex.EncodeToString(hash.Sum(nil)),
	}})
}

// readPlan takes over what plan.json says of a run that goes on. One that is missing or
// damaged is made again; one of other rows is of other data, of which the steps that are done
// were not.
func (r *coordinator) readPlan() error {
	before, err := r.dir.ReadPlan()
	switch {
	case err == nil:
		task := r.otherRows(before)
		if task == "" {
			r.planned.Taken = before.Taken
			return nil
		}
		if agree, err := r.ledgerAgrees(); err != nil || !agree {
			return errors.Join(err, fmt.Errorf("%w: task %s has other training rows than when it began: put the data back as they were, or start another run",
				ErrCannotResume, task))
		}
		fallthrough // the ledger knows these rows, so that plan.json is what changed
	case errors.Is(err, directory.ErrDamaged):
		aside, err := directory.SetAside(r.dir.Plan(), "damaged")
		if err != nil {
			return err
		}
		r.notify("plan.json is damaged and is made again from the data; it stands as %s", filepath.Base(aside))
	case errors.Is(err, fs.ErrNotExist):
		r.notify("plan.json is missing and is made again from the data")
	default:
		return err
	}
	// A stage that is done and has no line in the logs had nothing to do.
	record, _, err := r.dir.ReadRecord()
	if err != nil {
		return err
	}
	logged, err := r.dir.StepsLogged()
	if err != nil {
		return err
	}
	for _, done := range record.Done {
		trains := slices.ContainsFunc(r.stages, func(s stage) bool { _, trains := s.(*trainStage); return trains && s.name() == done.Name })
		if trains && logged[done.Name] == 0 {
			r.planned.Taken = append(r.planned.Taken, done.Name)
		}
	}
	return nil
}

// otherRows names a task of which a plan has other training rows than the data; empty where
// there is none.
func (r *coordinator) otherRows(before directory.Plan) string {
	for i, task := range r.planned.Tasks {
		if i >= len(before.Tasks) || before.Tasks[i].Name != task.Name || !slices.Equal(before.Tasks[i].Rows, task.Rows) {
			return task.Name
		}
	}
	return ""
}

// enough is how many lines of the ledger are held against the data.
const enough = 100

// ledgerAgrees says whether the steps that were done had the examples that they have by the
// data as they are now.
func (r *coordinator) ledgerAgrees() (bool, error) {
	plans := map[string]*trainStage{}
	for _, s := range r.stages {
		if s, trains := s.(*trainStage); trains {
			plans[s.name()] = s
		}
	}
	agrees, held := true, 0
	_, err := r.dir.ReadLedger(func(entry directory.LedgerEntry) error {
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
