package curve

import (
	"runtime"
	"time"

	"ringmaster/coordinator/job"
	"ringmaster/run/plan"
)

// RowsRow is what so many training rows take the coordinator.
type RowsRow struct {
	Rows      int
	FirstStep time.Duration // processor time from nothing to the plan of the first step
	Index     int64         // bytes of the plan: the order of the rows
	Texts     int64         // bytes of the rows as a run holds them, as token ids; 0: not measured
	Tokens    int64         // of these texts
}

// Rows measures a plan over rows, and, where texts is set, rows of synthetic texts as a job holds them.
func Rows(rows, batch int, texts bool) (RowsRow, error) {
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
	row.FirstStep, row.Index = took, max(0, heap()-before)
	runtime.KeepAlive(stage)
	if !texts {
		return row, nil
	}
	before = heap()
	held := make([]job.Row, rows)
	for i := range held {
		held[i] = job.Row{Number: i, IDs: make([]int32, textLength(i))}
		row.Tokens += int64(len(held[i].IDs))
	}
	row.Texts = max(0, heap()-before)
	runtime.KeepAlive(held)
	return row, nil
}

// heap is how many bytes of memory are in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
