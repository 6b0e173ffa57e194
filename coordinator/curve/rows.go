package curve

import (
	"context"
	"errors"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"ringmaster/coordinator/job"
	"ringmaster/run/plan"
)

// RowsRow is what so many training rows take the coordinator.
type RowsRow struct {
	Rows  int
	Plan  time.Duration // processor time from nothing to the plan of the first step
	Index int64         // bytes of the plan: the order of the rows
	// Prepared is what it takes to prepare a run of a corpus of so many rows; nil: not measured.
	Prepared *Prepared
}

// Prepared is what a run's preparation takes: from the file to the examples of the first step, with an empty cache.
type Prepared struct {
	File  int64         // bytes of the corpus
	Took  time.Duration // on the clock
	Peak  int64         // bytes of the process's memory at most, the program and its libraries among them
	Holds int64         // bytes that the prepared run keeps in memory
}

// Rows measures a plan over rows, and, where prepare is set, the preparation of a run of a synthetic corpus of two classes
// that is written for it and removed.
func Rows(ctx context.Context, rows, batch int, prepare bool) (RowsRow, error) {
	row := RowsRow{Rows: rows}
	var stage *plan.Stage
	before := heap()
	took, err := leastTime(1, 1, func() (err error) {
		if stage, err = newStage(rows, batch); err == nil {
			_, err = stage.Step(0)
		}
		return err
	})
	if err != nil {
		return row, err
	}
	row.Plan, row.Index = took, max(0, heap()-before)
	runtime.KeepAlive(stage)
	if prepare {
		row.Prepared, err = prepared(ctx, rows, batch)
	}
	return row, err
}

func prepared(ctx context.Context, rows, batch int) (p *Prepared, err error) {
	dir, err := os.MkdirTemp("", "ringmaster-curve-*")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	p = &Prepared{}
	run, err := writeRun(dir, rows, batch)
	if err != nil {
		return nil, err
	}
	if p.File, err = sizeOf(run); err != nil {
		return nil, err
	}
	before := heap()
	debug.FreeOSMemory()
	if err := forgetPeak(); err != nil {
		return nil, err
	}
	began := time.Now()
	j, err := job.New(ctx, run, dir, func(string, ...any) {})
	if err != nil {
		return nil, err
	}
	if err := readFirstStep(j); err != nil {
		return nil, err
	}
	p.Took = time.Since(began)
	if p.Peak, err = peak(); err != nil {
		return nil, err
	}
	p.Holds = max(0, heap()-before)
	runtime.KeepAlive(j)
	return p, nil
}

// readFirstStep plans the first step of a run's last training, and reads its examples.
func readFirstStep(j *job.Job) error {
	trainings := plan.Trainings(j.Run)
	stage, err := plan.NewStage(job.Dealt(j.Tasks), trainings[len(trainings)-1].Settings)
	if err != nil {
		return err
	}
	step, err := stage.Step(0)
	if err != nil {
		return err
	}
	for _, d := range step.Examples {
		if _, err := j.Tasks[d.Task].Train.At(d.Index); err != nil {
			return err
		}
	}
	return nil
}

// heap is how many bytes of memory are in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
