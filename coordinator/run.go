package coordinator

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"ringmaster/coordinator/job"
	"ringmaster/coordinator/progress"
	"ringmaster/errkind"
	"ringmaster/run/directory"
	"ringmaster/run/metrics"
	"ringmaster/run/protocol"
)

// Options say how a job is run.
type Options struct {
	// Name is the run's name on NATS, a single token.
	Name string
	Dir  *directory.Dir
	// Resume continues the run in Dir.
	Resume bool
	// TeacherDir keeps teachers and their logits for this run and others.
	TeacherDir string
	Workers    int
	// LocalProgram, when set, is started Workers times on this machine; else workers
	// are waited for.
	LocalProgram string
	// Host and Port are where the embedded server listens; 0 and FreePort take a free one, or,
	// with Resume, the one that the run had.
	Host string
	Port int
	// KeepWorkers leaves the workers waiting when the run is stopped, for a coordinator that resumes it.
	KeepWorkers bool
	// Grace is how long the run may take to end once it was asked to stop; 0 is no limit.
	Grace time.Duration
	// KeepState keeps the state that the run's last training ends with, so that the run can be
	// given a greater length.
	KeepState bool
	// TargetOnly scores the student on the target's rows alone.
	TargetOnly bool
	// NoTest leaves the test rows of all tasks unscored; a run that is resumed without it scores them then.
	NoTest bool
	// Kept hears that there is something new in the run directory from which the run could be
	// resumed; nil is not called.
	Kept func()
	// Trace leaves a timeline of every step in the run directory.
	Trace bool
	// Monitor shows the run over HTTP; nil shows it to nobody. HTTP is where, for the run directory;
	// empty where it is served nowhere.
	Monitor *Monitor
	HTTP    string
	// Report shows a person what happens; Log is for whoever looks into a fault.
	Report *progress.Reporter
	Log    *slog.Logger
}

// Result is what a finished run leaves.
type Result struct {
	Scores metrics.Report
	// Perplexities are a pretraining's scores.
	Perplexities metrics.Perplexities
	Model        string // the student's folder, or the pretrained encoder's
	Stages       []progress.StageTime
	// Skipped are the stages with steps that were not finite and were passed over.
	Skipped []progress.Skipped
	// Fewer says where fewer workers took part than were asked for.
	Fewer []string
}

// What the core is told about waiting.
const (
	// stepsAhead is how many steps are dealt before the first of them is committed.
	stepsAhead = 4
	// silenceTimeout is how long a worker may be silent: many times the pause between two polls.
	silenceTimeout = 2 * time.Second
	// lastHoldersTimeout is how long all may be silent that hold the state.
	lastHoldersTimeout = 30 * time.Second
	// suspicionTimeout is how long a worker may be silent that its neighbours cannot reach.
	suspicionTimeout = 600 * time.Millisecond
	// takeoverSilence is how long a worker must have been silent for another process to take its name: several
	// times the pause between two polls.
	takeoverSilence = 3 * protocol.PollHold
	// gatherTimeout is how long a coordinator that was restarted waits for the rest of its workers.
	gatherTimeout = time.Second
	// maxLosses is how many losses of workers in a row, without progress, end a run.
	maxLosses = 12
	// maxRollbacks is how often a stage may go back to a checkpoint without getting further.
	maxRollbacks = 3
	// maxSaves is how many attempts are made to save a model: the fifth after 15 seconds.
	maxSaves = 5
)

// Run runs a job: it serves NATS, starts or awaits workers, and goes through
// the stages. It returns ErrStopped when ctx ended first and the run stopped cleanly.
func Run(ctx context.Context, j *job.Job, opts Options) (_ Result, err error) {
	if j, err = j.WithOpenEncoder(); err != nil {
		return Result{}, err
	}
	shows := opts.Monitor
	if shows == nil {
		shows = NewMonitor("")
	}
	c := newCoordinator(&setup{job: j, opts: opts, dir: opts.Dir, refused: shows.refused, monitor: shows})
	defer func() { c.leaveStatus(err) }()
	if err := c.lengths.find(); err != nil {
		return Result{}, err
	}
	if err := c.build(); err != nil {
		return Result{}, err
	}
	for _, mended := range c.dir.Mended() {
		c.opts.Report.Warn("%s", mended)
	}
	if err := c.planFile.write(c.pipeline); err != nil {
		return Result{}, err
	}
	// Workers finish their step after ctx ends; what they need outlives it.
	alive, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	if err := c.open(ctx, alive); err != nil {
		return Result{}, errkind.Mark(errors.Join(err, c.close()), ErrNotBegun)
	}
	err = c.drive(ctx, alive)
	cancel()
	if err = errors.Join(err, c.close()); err != nil {
		return Result{}, err
	}
	skipped, err := skippedSteps(j.Run, c.dir.Layout)
	if err != nil {
		return Result{}, err
	}
	return Result{
		Scores: c.scores, Perplexities: c.perplexities, Model: c.dir.Model(), Stages: c.stage.times.all, Skipped: skipped, Fewer: c.committer.part.steps.Fewer(),
	}, nil
}
