package coordinator

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"ringmaster/coordinator/core"
	"ringmaster/coordinator/metrics"
	"ringmaster/coordinator/plan"
	"ringmaster/coordinator/progress"
	"ringmaster/coordinator/protocol"
	"ringmaster/coordinator/rundir"
	"ringmaster/coordinator/transfer"
)

// Options say how a job is run.
type Options struct {
	// Name is the run's name on NATS, a single token.
	Name string
	Dir  *rundir.Dir
	// TeacherDir keeps teachers and their logits for this run and others.
	TeacherDir string
	Workers    int
	// LocalProgram, when set, is started Workers times on this machine; else workers
	// are waited for.
	LocalProgram string
	// Host and Port are where the embedded server listens; port −1 takes a free one.
	Host string
	Port int
	// Silence is how long a worker may be unheard before it counts as lost.
	Silence time.Duration
	// Trace leaves a timeline of every step in the run directory.
	Trace bool
	// Report shows a person what happens; Log is for whoever looks into a fault.
	Report *progress.Reporter
	Log    *slog.Logger
}

// Result is what a finished run leaves.
type Result struct {
	Scores metrics.Report
	Model  string // the student's folder
	Stages []progress.StageTime
}

// ahead is how many steps are dealt before the first of them is committed.
const ahead = 4

// tick is how often silence is looked for.
const tick = 500 * time.Millisecond

// running is a job being run. The loop in drive owns it; nothing else touches it but
// through its inputs.
type running struct {
	job     *Job
	opts    Options
	dir     *rundir.Dir
	nc      *connection
	session *session
	files   *transfer.Server
	local   *local
	machine *core.Machine
	trace   *rundir.Trace // nil unless asked for

	stages  []stage
	planned rundir.Plan // as it stands in the run directory
	current int
	begin   protocol.Begin
	units   int
	done    int         // committed units of the stage
	pulled  *trainStage // whose model is being fetched, or was
	members []core.WorkerID
	hellos  map[core.WorkerID]*protocol.Hello
	steps   map[int]map[core.WorkerID]*protocol.StepDone
	chunks  map[int]*protocol.ChunkDone

	teachers map[*Task]*teacher
	scores   metrics.Report
	began    time.Time // of the stage
	times    []progress.StageTime

	work    sync.WaitGroup // the goroutines of background
	results chan result
	ending  error
	over    bool
}

// result is what background work leaves: an event, or an error that ends the run.
type result struct {
	event core.Event
	apply func() // runs in the loop before the event
	err   error
}

// Run carries a job out: it serves NATS, starts or awaits workers, and goes through
// the stages. It returns ErrStopped when ctx ended first and the run stopped cleanly.
func Run(ctx context.Context, job *Job, opts Options) (_ Result, err error) {
	r := &running{
		job: job, opts: opts, dir: opts.Dir,
		hellos:   map[core.WorkerID]*protocol.Hello{},
		teachers: map[*Task]*teacher{},
		results:  make(chan result, 8),
	}
	if err := r.dir.WriteConfig(job.Run.Write); err != nil {
		return Result{}, err
	}
	if r.stages, err = r.plan(); err != nil {
		return Result{}, err
	}
	r.planned = job.planned()
	if err := r.dir.WritePlan(r.planned); err != nil {
		return Result{}, err
	}
	// Workers finish their step after ctx ends; what they need outlives it.
	alive, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	if err := r.open(alive); err != nil {
		return Result{}, errors.Join(err, r.close())
	}
	err = r.drive(ctx, alive)
	cancel()
	if err = errors.Join(err, r.close()); err != nil {
		return Result{}, err
	}
	return Result{Scores: r.scores, Model: r.dir.Model(), Stages: r.times}, nil
}

// plan lists the stages of the job's method.
func (r *running) plan() ([]stage, error) {
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
	return append(stages, r.trainStudent(), r.evaluate()), nil
}

func (r *running) trainStudent() *trainStage {
	training := plan.TrainStudent(r.job.Run)
	s := &trainStage{
		title: training.Stage, job: r.job, tasks: r.job.Tasks, target: r.job.Target, offer: r.offer,
		settings: training.Settings,
	}
	if r.job.Run.Method.NeedsTeachers() {
		s.teacher = func(t *Task, row Row) ([]float32, error) { return r.teachers[t].row(row) }
	}
	return s
}

// open starts everything that has to be closed.
func (r *running) open(ctx context.Context) (err error) {
	if r.opts.Trace {
		if r.trace, err = r.dir.NewTrace(); err != nil {
			return err
		}
	}
	if r.nc, err = connect(r.job.Run.Cluster, r.opts.Host, r.opts.Port); err != nil {
		return err
	}
	if r.files, err = transfer.Serve(r.nc.Conn, protocol.FilesSubject(r.opts.Name)); err != nil {
		return err
	}
	if r.session, err = openSession(ctx, r.nc.Conn, r.opts.Name, r.job.Run.Cluster.Topology); err != nil {
		return err
	}
	r.machine = core.New(core.Config{Workers: r.opts.Workers, Ahead: ahead, Silence: r.opts.Silence}, len(r.stages))
	if r.opts.LocalProgram == "" {
		r.notify("waiting for %d workers: %s", r.opts.Workers, r.nc.invitation())
		return nil
	}
	o := localOptions{
		program: r.opts.LocalProgram, run: r.opts.Name, logDir: filepath.Join(string(r.dir.Layout), "logs"),
		workers: r.opts.Workers, url: r.nc.url, token: r.nc.token, pin: r.job.Run.Cluster.Pin,
	}
	r.local, err = startLocal(o, func(lost core.Lost) { r.session.pass(message{event: lost, worker: lost.Worker}) })
	return err
}

func (r *running) close() error {
	var errs []error
	if r.session != nil {
		errs = append(errs, r.session.close())
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
	}
	return errors.Join(append(errs, r.trace.Close())...)
}

// drive is the loop: inputs in, decisions carried out, until the run is over. ctx asks
// it to stop; alive is for what must outlast that.
func (r *running) drive(ctx, alive context.Context) error {
	clock := time.NewTicker(tick)
	defer clock.Stop()
	stop := ctx.Done()
	for !r.over {
		select {
		case m := <-r.session.inputs:
			r.hear(alive, m)
		case res := <-r.results:
			r.absorb(alive, res)
		case now := <-clock.C:
			// What was heard before the tick is taken first, or a busy loop would take its
			// own slowness for a worker's silence.
			if len(r.session.inputs) == 0 {
				r.apply(alive, core.Tick{Now: now})
			}
		case <-stop:
			stop = nil
			r.notify("stopping after the steps under way; once more ends it at once")
			r.apply(alive, core.StopRequested{})
		}
	}
	r.dismiss(alive)
	return r.ending
}

// hear takes a message's numbers and then its event.
func (r *running) hear(ctx context.Context, m message) {
	if r.over {
		return
	}
	if m.hello != nil {
		r.hellos[m.worker] = m.hello
		r.session.admit(m.worker)
		for _, d := range r.machine.Apply(m.event) {
			switch d := d.(type) {
			case core.Welcome:
				m.answer(protocol.Welcome{Run: r.opts.Name})
				r.notify("worker %s joined from %s (process %d)", m.worker, m.hello.Host, m.hello.PID)
			case core.Refuse:
				delete(r.hellos, m.worker) // nobody waits for it at the end
				m.answer(protocol.Welcome{Run: r.opts.Name, Refused: d.Reason})
			default:
				r.carryOut(ctx, d)
			}
		}
		return
	}
	if m.report != nil {
		switch {
		case m.report.StepDone != nil:
			r.keepStep(m.worker, m.report.StepDone)
		case m.report.ChunkDone != nil:
			r.keepChunk(m.report.ChunkDone)
		case m.report.Saved != nil:
			r.pull(ctx, m.worker, m.report.Saved)
		}
	}
	r.apply(ctx, m.event)
	r.forget(m)
}

func (r *running) absorb(ctx context.Context, res result) {
	switch {
	case r.over:
	case res.err != nil:
		r.fail(res.err)
	default:
		if res.apply != nil {
			res.apply()
		}
		if res.event != nil {
			r.apply(ctx, res.event)
		}
	}
}

func (r *running) apply(ctx context.Context, e core.Event) {
	for _, d := range r.machine.Apply(e) {
		r.carryOut(ctx, d)
		if r.over {
			return
		}
	}
}

// background does slow work outside the loop, which hears of its end.
func (r *running) background(f func() result) {
	r.work.Add(1)
	go func() {
		defer r.work.Done()
		res := f()
		select {
		case r.results <- res:
		case <-r.session.ctx.Done():
		}
	}()
}

func (r *running) fail(err error) {
	r.ending = err
	r.over = true
}

func (r *running) notify(format string, args ...any) {
	r.opts.Report.Note(format, args...)
}

// offer makes a folder available to workers.
func (r *running) offer(dir string) (transfer.Folder, error) {
	folder, err := transfer.Describe(dir)
	if err == nil {
		r.files.Offer(folder)
	}
	return folder, err
}

// dismiss tells the workers that are left that the run is over, and waits until each
// has heard it or is gone.
func (r *running) dismiss(ctx context.Context) {
	end := protocol.End{}
	if r.ending != nil && !errors.Is(r.ending, ErrStopped) {
		end.Error = r.ending.Error()
	}
	for w := range r.hellos {
		if err := r.session.order(w, protocol.Order{End: &end}); err != nil {
			r.opts.Log.Warn("cannot tell a worker that the run is over", "worker", w, "error", err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, farewell)
	defer cancel()
	for w := range r.hellos {
		heard := r.session.box(w).empty()
		for waiting := true; waiting; {
			select {
			case <-heard:
				waiting = false
			case m := <-r.session.inputs:
				r.forget(m)
				_, waiting = r.hellos[w]
			case <-ctx.Done():
				return
			}
		}
	}
}

// forget drops a worker that is gone, or says that it is going.
func (r *running) forget(m message) {
	switch m.event.(type) {
	case core.Lost, core.Failed, core.Accused:
		delete(r.hellos, m.worker)
	}
}
