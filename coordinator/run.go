package coordinator

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"path/filepath"
	"strconv"
	"time"

	"ringmaster/coordinator/core"
	"ringmaster/coordinator/job"
	"ringmaster/coordinator/progress"
	"ringmaster/coordinator/straggler"
	"ringmaster/run/directory"
	"ringmaster/run/metrics"
	"ringmaster/run/plan"
	"ringmaster/run/protocol"
	"ringmaster/run/reach"
	"ringmaster/run/transfer"
)

// Options say how a job is run.
type Options struct {
	// Name is the run's name on NATS, a single token.
	Name string
	Dir  *directory.Dir
	// Resume goes on with the run that Dir holds.
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
	// KeepState keeps the state that the run's last training ends with, so that the run can be
	// given a greater length.
	KeepState bool
	// TargetOnly scores the student on the target's rows alone.
	TargetOnly bool
	// Trace leaves a timeline of every step in the run directory.
	Trace bool
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
	// silenceTimeout is how long a worker may be unheard: many times the pause between two polls.
	silenceTimeout = 2 * time.Second
	// suspicionTimeout is how long one may that its neighbours do not reach.
	suspicionTimeout = 600 * time.Millisecond
	// gatherTimeout is how long a coordinator that was restarted waits for the rest of its workers.
	gatherTimeout = time.Second
	// maxLosses is how many losses in a row, without progress, end a run.
	maxLosses = 12
	// maxRollbacks is how often a stage may go back to a checkpoint without getting further.
	maxRollbacks = 3
	// maxSaves is how often a model is tried to be saved: the fifth time after 15 seconds.
	maxSaves = 5
)

// Run carries a job out: it serves NATS, starts or awaits workers, and goes through
// the stages. It returns ErrStopped when ctx ended first and the run stopped cleanly.
func Run(ctx context.Context, j *job.Job, opts Options) (_ Result, err error) {
	if j, err = j.WithOpenEncoder(); err != nil {
		return Result{}, err
	}
	r := &coordinator{
		job: j, opts: opts, dir: opts.Dir,
		members:   map[core.WorkerID]*protocol.Hello{},
		evicted:   map[string]error{},
		book:      reach.NewBook(),
		processes: map[core.WorkerID]*workerProcess{},
		tookPart:  progress.TakingPart{Asked: opts.Workers},
		ringOf:    opts.Workers,
		released:  map[core.WorkerID]bool{},
		begun:     map[int]bool{},
		teachers:  map[*job.Task]*teacher{}, stragglers: straggler.NewWatch(),
		results: make(chan result, 8),
		current: -1,
	}
	if err := r.findLengths(); err != nil {
		return Result{}, err
	}
	if r.stages, err = r.plan(); err != nil {
		return Result{}, err
	}
	for _, mended := range r.dir.Mended() {
		r.opts.Report.Warn("%s", mended)
	}
	if err := r.writePlan(); err != nil {
		return Result{}, err
	}
	// Workers finish their step after ctx ends; what they need outlives it.
	alive, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	if err := r.open(ctx, alive); err != nil {
		return Result{}, &notBegun{errors.Join(err, r.close())}
	}
	err = r.drive(ctx, alive)
	cancel()
	if err = errors.Join(err, r.close()); err != nil {
		return Result{}, err
	}
	skipped, err := skippedSteps(j.Run, r.dir.Layout)
	if err != nil {
		return Result{}, err
	}
	return Result{
		Scores: r.scores, Perplexities: r.perplexities, Model: r.dir.Model(), Stages: r.times, Skipped: skipped, Fewer: r.tookPart.Fewer(),
	}, nil
}

// plan lists the stages of the job's method.
func (r *coordinator) plan() ([]stage, error) {
	if r.job.Masked != nil {
		return r.planPretraining(), nil
	}
	var stages []stage
	method := r.job.Run.Method
	if method.NeedsTeachers() {
		for _, task := range r.job.Tasks {
			t := &teacher{task: task, match: task.Match}
			r.teachers[task] = t
			if task.Given != nil {
				t.dir = task.Given.Dir
			} else {
				train, err := r.trainTeacher(t)
				if err != nil {
					return nil, err
				}
				stages = append(stages, train)
			}
			stages = append(stages, r.askTeacher(t))
		}
	}
	student := r.trainStudent()
	stages = append(stages, student)
	if r.choosesBest(student) {
		stages = append(stages, r.chooseStudent(student))
	} else if why := r.nothingToChoose(student); why != "" {
		r.notify("the student of the last step will be delivered, though train.keep is best: %s", why)
	}
	return append(stages, r.evaluate()), nil
}

func (r *coordinator) trainStudent() *trainStage {
	training := plan.TrainStudent(r.job.Run).After(r.before)
	s := &trainStage{
		title: training.Stage, job: r.job, tasks: r.job.Tasks, target: r.job.Target, offer: r.offer,
		settings: training.Settings,
	}
	if r.job.Run.Method.NeedsTeachers() {
		s.teacher = func(t *job.Task, row job.Row) ([]float32, error) { return r.teachers[t].row(row) }
	}
	return s
}

// open starts everything that has to be closed. ctx ends the waiting for a server, alive
// what has begun.
func (r *coordinator) open(ctx, alive context.Context) (err error) {
	if r.opts.Trace {
		if r.trace, err = r.dir.NewTrace(); err != nil {
			return err
		}
	}
	if err := r.connect(ctx, alive); err != nil {
		return err
	}
	if r.files, err = transfer.Serve(r.nc.Conn, protocol.FilesSubject(r.opts.Name)); err != nil {
		return err
	}
	cluster := r.job.Run.Cluster
	settings := core.Config{
		Workers: r.opts.Workers, Min: min(cluster.MinWorkers, r.opts.Workers), Max: max(cluster.MaxWorkers, r.opts.Workers),
		Ahead: stepsAhead, Silence: silenceTimeout, Suspicion: suspicionTimeout, Gather: gatherTimeout, Setbacks: maxLosses, Returns: maxRollbacks, Saves: maxSaves,
	}
	r.machine = core.New(settings, len(r.stages))
	if r.opts.Resume {
		from, err := r.origin()
		if err != nil {
			return err
		}
		r.farthest = from.Committed.Applied
		r.current, r.done, r.synced, r.beginGeneration = from.Stage, from.Committed.Applied, from.Committed.Applied, from.BeginGeneration
		r.machine = core.NewFrom(settings, len(r.stages), *from)
		if _, err := r.dir.ReadEvents(func(e directory.Event) error {
			r.tookPart.Step(e.Stage, e.Step, e.World)
			return nil
		}); err != nil {
			return err
		}
		r.notify("going on with %s, stage %s, %d steps committed", r.dir.Layout, r.stages[from.Stage].name(), from.Committed.Applied)
	}
	if r.gateway, err = openGateway(alive, r.nc, r.opts.Name, r.ringServer()); err != nil {
		return err
	}
	if r.opts.LocalProgram == "" {
		r.notify("waiting for %d workers: %s", r.opts.Workers, r.nc.invitation())
		return nil
	}
	o := localOptions{
		program: r.opts.LocalProgram, run: r.opts.Name, logDir: filepath.Join(string(r.dir.Layout), "logs"),
		workers: r.opts.Workers, url: r.nc.url, token: r.nc.token, pin: cluster.Pin,
	}
	r.local, err = startLocal(o, func(lost core.Lost) { r.gateway.pass(message{event: lost, worker: lost.Worker}) })
	return err
}

// connect connects to NATS, and leaves in the run directory what a coordinator that is
// started again needs so that this one's workers find it.
func (r *coordinator) connect(ctx, alive context.Context) (err error) {
	cluster, port := r.job.Run.Cluster, r.opts.Port
	if err := askBroker(cluster); err != nil {
		return err
	}
	if r.opts.Resume && cluster.NATS == "embedded" {
		before, err := r.dir.ReadControl()
		switch {
		case errors.Is(err, directory.ErrDamaged):
			r.notify("control.json is damaged: workers of before do not find this coordinator by it")
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return err
		}
		if cluster.Token == "" {
			cluster.Token = before.Token
		}
		if _, was, err := net.SplitHostPort(before.Address); err == nil && port <= 0 && r.opts.LocalProgram == "" {
			if n, err := strconv.Atoi(was); err == nil {
				port = n
			}
		}
	}
	if r.nc, err = connect(ctx, cluster, r.opts.Host, port, func(why error) {
		r.notify("waiting up to %s for the NATS server: %v", protocol.DialPatience, why)
	}); err != nil {
		return err
	}
	if r.nc.own == nil {
		r.claimed, err = claim(alive, r.nc.Conn, r.opts.Name)
		return err
	}
	control := directory.Control{Address: r.nc.own.Addr().String()}
	if r.nc.madeUp = r.job.Run.Cluster.Token == ""; r.nc.madeUp {
		control.Token = r.nc.token
	}
	return r.dir.WriteControl(control)
}

func (r *coordinator) close() error {
	var errs []error
	if r.gateway != nil {
		errs = append(errs, r.gateway.close())
	}
	if r.local != nil {
		r.local.stop()
	}
	r.work.Wait()
	if r.files != nil {
		errs = append(errs, r.files.Close())
	}
	if r.nc != nil {
		r.nc.close()
		errs = append(errs, r.dir.RemoveControl()) // nobody is to look for it any more
	}
	return errors.Join(append(errs, r.trace.Close())...)
}
