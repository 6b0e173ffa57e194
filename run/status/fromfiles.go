package status

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"ringmaster/config"
	"ringmaster/run/directory"
)

// FromFiles describes a run by its run directory alone. ErrNoRun (package directory) where
// there is none. What is damaged is left out.
func FromFiles(l directory.Layout, now time.Time) (r Run, err error) {
	holds, err := l.HoldsRun()
	if err != nil {
		return r, err
	}
	if !holds {
		return r, fmt.Errorf("%s: %w", l, directory.ErrNoRun)
	}
	holder, err := l.Holder()
	if err != nil {
		return r, err
	}
	if last, err := readLast(l); err == nil && !holder.Running {
		return last, nil // the coordinator's own last word
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, ErrNoDocument) {
		return r, err
	}
	r = Run{Kind: KindRun, Run: l.Token(), Directory: string(l), AsOf: now}
	if holder.PID != 0 {
		r.Process = &Process{Host: holder.Host, PID: holder.PID}
	}
	if run, err := config.LoadResolved(l.Config()); err == nil {
		r.Method = string(run.Method)
		r.Workers = Workers{Wanted: run.Cluster.Workers, Min: run.Cluster.MinWorkers, Max: max(run.Cluster.MaxWorkers, run.Cluster.Workers)}
	}
	record, _, err := l.ReadRecord()
	if err != nil && !errors.Is(err, directory.ErrDamaged) {
		return r, err
	}
	events, err := l.NewestEvents(paceEvents)
	if err != nil {
		return r, err
	}
	r.Started, r.Generation = record.Started, record.Generation
	r.Stage = stageOf(record, events)
	if r.Checkpoint = NewestCheckpoint(l, record); r.Checkpoint != nil && r.Stage != nil && r.Stage.Name == r.Checkpoint.Stage {
		r.Checkpoint.Unsaved = max(0, r.Stage.Done-r.Checkpoint.Step)
	}
	finished, err := exists(l.Metrics())
	if err != nil {
		return r, err
	}
	r.setPhase(l, holder, finished && record.Stage == nil, events, now)
	if r.Phase == Unknown || holder.Running {
		r.Workers.Members = membersOf(record)
		r.Workers.Active = len(r.Workers.Members)
	} else if r.Stage != nil {
		r.Stage.TimeLeft, r.Stage.ExamplesPerSecond = nil, 0
	}
	return r, nil
}

// readLast reads the document that a coordinator left at its end.
func readLast(l directory.Layout) (Run, error) {
	text, err := os.ReadFile(l.StatusFile())
	if err != nil {
		return Run{}, err
	}
	d, err := Decode(text, l.StatusFile())
	if err != nil || d.Run == nil {
		return Run{}, errors.Join(err, ErrNoDocument)
	}
	d.Run.Directory = string(l) // it may have been moved
	return *d.Run, nil
}

func exists(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// setPhase says where the run stands by who holds its directory and what is in it.
func (r *Run) setPhase(l directory.Layout, holder directory.Holder, finished bool, events []directory.Event, now time.Time) {
	silence := ""
	if n := len(events); n > 0 {
		silence = fmt.Sprintf("; the last step was committed %s ago", now.Sub(events[n-1].Time).Round(time.Second))
	}
	switch {
	case holder.Running && r.Stage == nil:
		r.Phase, r.Reason = Preparing, "process "+fmt.Sprint(holder.PID)+" runs it, and gives no more details than its files"
	case holder.Running:
		r.Phase, r.Reason = Training, "process "+fmt.Sprint(holder.PID)+" runs it, and gives no more details than its files"+silence
		if !r.Stage.Training {
			r.Phase = Inference
		}
	case finished:
		r.Phase, r.Model = Finished, l.Model()
	case !holder.Here:
		r.Phase, r.Reason = Unknown, fmt.Sprintf("its coordinator was process %d on %s; whether it still runs cannot be told from this machine%s", holder.PID, holder.Host, silence)
	default:
		r.Phase, r.Reason = Dead, "its coordinator is gone and left no word: it was killed, or the machine went down; the same command with --run-dir "+string(l)+" --resume continues the run"
	}
}

// paceEvents is how many of the newest steps tell how fast a run is.
const paceEvents = 50

// stageOf is how far the stage under way has come.
func stageOf(record directory.Record, events []directory.Event) *Stage {
	var s Stage
	switch {
	case record.Stage != nil:
		s = Stage{Name: record.Stage.Name, Index: record.Stage.Index + 1, Done: record.Stage.From}
	case len(record.Done) > 0:
		last := record.Done[len(record.Done)-1]
		s = Stage{Name: last.Name, Index: last.Index + 1}
	case len(events) == 0:
		return nil
	}
	if len(events) == 0 {
		return &s
	}
	last := events[len(events)-1]
	if s.Name == "" {
		s.Name = last.Stage
	}
	if s.Name != last.Stage {
		return &s // it does not train
	}
	lambda := last.Lambda
	s.Training, s.Done, s.Total = true, last.Step+1, last.Total
	s.Lambda, s.LearningRate, s.Loss = &lambda, last.LR, last.Loss
	s.addPace(events)
	return &s
}

// addPace adds what the times of the newest steps say.
func (s *Stage) addPace(events []directory.Event) {
	last := events[len(events)-1]
	first, examples := last, 0
	for i := len(events) - 1; i > 0 && events[i-1].Stage == s.Name && !events[i-1].Lost && !last.Lost; i-- {
		first = events[i-1]
		for _, n := range events[i].Examples {
			examples += n
		}
	}
	took := last.Time.Sub(first.Time).Seconds()
	if steps := last.Step - first.Step; steps > 0 && took > 0 {
		left := took / float64(steps) * float64(max(0, s.Total-s.Done))
		s.TimeLeft, s.ExamplesPerSecond = &left, float64(examples)/took
	}
}

// NewestCheckpoint is the newest checkpoint that a run's record knows; nil without one.
func NewestCheckpoint(l directory.Layout, record directory.Record) *Checkpoint {
	if record.Kept == nil {
		return nil
	}
	c := &Checkpoint{Stage: record.Kept.Stage, Step: record.Kept.Step}
	list, err := directory.OpenCheckpoints(l.Checkpoints()).Of(c.Stage)
	if err != nil {
		return c // of which no more is known
	}
	for _, there := range list {
		if there.Step != c.Step {
			continue
		}
		if p, err := there.Progress(); err == nil {
			c.Written = p.Written
		}
	}
	return c
}

// membersOf are the workers of the newest ring, or of the newest order to begin a stage.
func membersOf(record directory.Record) []Member {
	var members []Member
	for rank, name := range record.Members[record.Generation] {
		members = append(members, Member{Worker: name, Rank: rank, State: Active})
	}
	return members
}
