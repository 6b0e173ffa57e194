package coordinator

import (
	"time"

	"ringmaster/run/directory"
)

// logSync brings the logs of committed steps to the disk (fsync) while a stage is trained, and
// knows how many of the steps are there.
type logSync struct {
	dir   *directory.Dir
	loop  *loop
	stage *activeStage

	steps int // of the stage, on the disk
	at    time.Time
	busy  bool
}

// syncEvery is how often, at most, the logs are synced.
const syncEvery = time.Second

// durable is how many steps of the stage are on the disk for good. Workers keep their reports
// of later ones. Where more are committed it begins to sync them.
func (l *logSync) durable() int {
	if !l.busy && l.stage.done > l.steps && time.Since(l.at) > syncEvery {
		l.busy = true
		stage, done := l.stage.index, l.stage.done
		l.loop.background(func() result {
			err := l.dir.Sync()
			return result{err: err, apply: func() error {
				l.busy, l.at = false, time.Now()
				if stage == l.stage.index {
					l.steps = min(done, l.stage.done)
				}
				return nil
			}}
		})
	}
	return l.steps
}

// rollBack says that the steps from n on are taken back.
func (l *logSync) rollBack(n int) { l.steps = min(l.steps, n) }
