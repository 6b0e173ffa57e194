package coordinator

import (
	"context"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

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

// coordinator is a job being run. The loop in drive owns it; nothing else touches it but
// through its inputs.
type coordinator struct {
	job     *job.Job
	opts    Options
	dir     *directory.Dir
	nc      *connection
	claimed *nats.Subscription // says to others that the run has a coordinator
	gateway *gateway
	files   *transfer.Server
	local   *localWorkers
	machine *core.Machine
	trace   *directory.Trace // nil unless asked for

	stages  []stage
	planned directory.Plan // as it stands in the run directory
	// before are the lengths that the last training had before the run file's own; lengthened:
	// it has another than when the run was last carried out.
	before     []plan.Length
	lengthened bool
	members    map[core.WorkerID]*protocol.Hello
	evicted    map[string]error // by Life: why it may not come back
	book       *reach.Book      // of who reaches whom
	refusals   refusals
	released   map[core.WorkerID]bool // asked to go, and let go
	// How many workers the committed steps had, and how many a person was last told of.
	tookPart progress.TakingPart
	ringOf   int
	// What became of workers that joined, and of those that were started here.
	processes map[core.WorkerID]*workerProcess
	rejoins   rejoinBackoff
	respawn   respawnBackoff
	due       []pendingStart // to be started here
	away      bool           // the NATS server is not reached
	ticked    time.Time      // last
	waits     waits
	stopped   time.Time // when the user asked for the end; zero before

	// The stage.
	current int
	begin   protocol.Begin
	units   int
	from    int // where its state was loaded
	done    int // committed units
	// farthest is how many units of the stage were ever committed: more than done, when it went back.
	farthest        int
	begun           map[int]bool                                 // stages that a person was told of
	beginGeneration uint64                                       // of its last Begin
	saving          *saving                                      // the model is on its way
	steps           map[int]map[core.WorkerID]*protocol.StepDone // reported, not committed
	answers         map[int]*protocol.InferenceDone
	keeping         checkpointing
	saved           *core.Saved // what the core is told of a finished model once its state is kept too
	ordered         int         // checkpoints so far
	kept            int         // step of the last checkpoint
	skipped         skipped
	// Steps, and the order for the stage's model, that wait until a checkpoint is whole which a
	// student may be chosen from.
	held     []core.DealStep
	heldSave *core.Save
	measured *directory.Validation // not in a line of the log yet

	generation uint64 // of the newest ring
	ring       []core.WorkerID
	stragglers *straggler.Watch

	// How many of the committed steps are on the disk for good.
	synced   int
	syncedAt time.Time
	syncing  bool

	perplexities metrics.Perplexities
	teachers     map[*job.Task]*teacher
	scores       metrics.Report
	delivered    *directory.Delivered // nil: the last step's
	began        time.Time            // of the stage
	times        []progress.StageTime

	work    sync.WaitGroup // the goroutines of background
	results chan result
	ending  error
	over    bool
}

// result is what background work leaves: an event, or an error that ends the run.
type result struct {
	event core.Event
	apply func() error // runs in the loop before the event
	err   error
}

// tick is how often silence is looked for.
const tick = 100 * time.Millisecond

// drive is the loop: inputs in, decisions carried out, until the run is over. ctx asks
// it to stop; alive is for what must outlast that.
func (r *coordinator) drive(ctx, alive context.Context) error {
	clock := time.NewTicker(tick)
	defer clock.Stop()
	stop := ctx.Done()
	for !r.over {
		select {
		case m := <-r.gateway.inputs:
			r.hear(alive, m)
		case res := <-r.results:
			r.absorb(alive, res)
		case now := <-clock.C:
			r.tick(alive, now)
		case <-stop:
			stop = nil
			r.stop(alive)
		}
	}
	r.dismiss(alive)
	return r.ending
}

// stall is how far apart two ticks are when this process itself stood still.
const stall = time.Second

// tick passes the time on. While NATS is away nobody can be heard, which is nobody's
// silence, and so it is while this process stands still; and what was heard before the
// tick is taken first, or a busy loop would take its own slowness for a worker's.
func (r *coordinator) tick(ctx context.Context, now time.Time) {
	connected := r.nc.IsConnected()
	stood := !r.ticked.IsZero() && now.Sub(r.ticked) > stall
	r.ticked = now
	if !connected && !r.away {
		r.notify("the NATS server is not reached; waiting for it")
	}
	if connected && r.away {
		r.notify("the NATS server is back")
	}
	if stood || (connected && r.away) {
		for w := range r.members {
			r.apply(ctx, core.Heard{Worker: w, At: now})
		}
	}
	if stood {
		r.waits.run.Again(now)
		r.waits.checkpoint.Again(now)
	}
	r.away = !connected
	r.startDue(now)
	if connected && len(r.gateway.inputs) == 0 && !r.over {
		r.apply(ctx, core.Tick{Now: now})
	}
	if !r.over {
		r.finishSaving(ctx)
	}
	if !r.over {
		r.tellWaits(now)
		r.stopsInTime(now)
	}
}

// hear takes a message's numbers and then its event.
func (r *coordinator) hear(ctx context.Context, m message) {
	if r.over {
		return
	}
	if m.refused != "" {
		r.sayRefused(m.hello, m.refused)
		return
	}
	if m.hello != nil {
		r.greet(ctx, m)
		return
	}
	if m.report != nil && r.takeReport(ctx, m.worker, m.report) {
		return
	}
	if done, isStep := m.event.(core.UnitDone); isStep && m.report.StepDone != nil && m.report.StepDone.NotFinite != nil {
		done.NotFinite = !r.begin.SkipNotFinite // a step that was skipped is applied, as a step of nothing
		m.event = done
	}
	r.apply(ctx, m.event)
	if lost, ended := m.event.(core.Lost); ended && r.local != nil && !r.over && r.stopped.IsZero() {
		r.replace(lost)
	}
}

// takeReport keeps what a report says beside its event, and says whether that was all.
func (r *coordinator) takeReport(ctx context.Context, w core.WorkerID, report *protocol.Report) (taken bool) {
	switch {
	case report.StepDone != nil:
		r.keepStep(w, report.StepDone)
	case report.RingReady != nil:
		for i := range report.RingReady.Pending {
			r.keepStep(w, &report.RingReady.Pending[i])
		}
	case report.InferenceDone != nil:
		if r.current >= 0 && r.stages[r.current].kind() == core.Train {
			r.keepValidation(report.InferenceDone)
			r.writeWhenWhole(ctx)
			return true
		}
		r.keepAnswers(report.InferenceDone)
	case report.Saved != nil:
		r.pull(ctx, w, report.Saved)
	case report.Finding != nil:
		r.book.Found(time.Now(), string(w), *report.Finding)
		return true
	case report.ShardDone != nil:
		r.keepShard(ctx, w, report.ShardDone)
		return true
	}
	return false
}

func (r *coordinator) absorb(ctx context.Context, res result) {
	if r.over {
		return
	}
	if res.err == nil && res.apply != nil {
		res.err = res.apply()
	}
	if res.err != nil {
		r.fail(res.err)
		return
	}
	if res.event != nil {
		r.apply(ctx, res.event)
	}
}

func (r *coordinator) apply(ctx context.Context, e core.Event) {
	for _, d := range r.machine.Apply(e) {
		r.carryOut(ctx, d)
		if r.over {
			return
		}
	}
}

// background does slow work outside the loop, which hears of its end.
func (r *coordinator) background(f func() result) {
	r.work.Add(1)
	go func() {
		defer r.work.Done()
		res := f()
		select {
		case r.results <- res:
		case <-r.gateway.ctx.Done():
		}
	}()
}

func (r *coordinator) fail(err error) {
	r.ending = err
	r.over = true
}

func (r *coordinator) notify(format string, args ...any) {
	r.opts.Report.Note(format, args...)
}

// offer makes a folder available to workers.
func (r *coordinator) offer(dir string) (transfer.Folder, error) {
	folder, err := transfer.Describe(dir)
	if err == nil {
		r.files.Offer(folder)
	}
	return folder, err
}
