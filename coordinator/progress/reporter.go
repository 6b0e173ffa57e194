package progress

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"ringmaster/screen"
	"ringmaster/shown"
)

// Options say where progress is shown.
type Options struct {
	// Live asks for one line that is redrawn in place; otherwise plain lines are printed.
	Live bool
	// Width is the terminal's width in columns now. It is asked at every drawing, so a resized
	// window is followed. Where it is nil or gives no width, the live line has 80 columns, and
	// what is told stays a line each, as a log file wants it.
	Width func() int
	// Now is the clock. It must be set.
	Now func() time.Time
	// Aside takes what Note tells, when set, so that the steps stand alone.
	Aside io.Writer
}

// Stage is a phase of a run: a teacher, the teachers' logits, the student, the scoring.
type Stage struct {
	Name string
	// Index counts stages from 1, Of is how many the run has; 0 where that is not known.
	Index, Of int
	Steps     int
	// Tasks is the order in which losses are shown, the target first.
	Tasks []string
	// Annealed says that λ means something in this stage and is shown.
	Annealed bool
}

// Step is a committed step of the current stage.
type Step struct {
	// Step counts from 0.
	Step int
	// Lambda is the share of the gold labels.
	Lambda float64
	// Loss is the step's mean loss of each task in it; Examples its examples of each task.
	Loss     map[string]float64
	Examples map[string]int
	// Seconds is what the step took, RingSeconds what of it was spent waiting for the all-reduce.
	Seconds, RingSeconds float64
}

// Reporter shows a run's progress. New makes one; Close ends it.
type Reporter struct {
	now   func() time.Time
	width func() int // 0: lines are not broken

	mu     sync.Mutex
	out    display
	stage  Stage
	active bool // between StageStarted and StageDone
	began  time.Time
	pace   pace
	view   view
	aside  *writer
}

// display is the terminal's live line, or plain lines.
type display interface {
	started(v view)
	stepped(v view, now time.Time)
	done(v view)
	message(text string)
	// close ends an unfinished line and gives the first error of writing.
	close() error
}

// New reports to w.
func New(w io.Writer, o Options) *Reporter {
	r := &Reporter{now: o.Now, width: func() int { return 0 }}
	if o.Live {
		r.out = &live{out: writer{w: w}, width: o.Width}
	} else {
		r.out = &plain{out: writer{w: w}}
	}
	if o.Width != nil {
		r.width = o.Width
	}
	if o.Aside != nil {
		r.aside = &writer{w: o.Aside}
	}
	return r
}

// StageStarted begins a stage. A stage that was not done is left as it is shown.
func (r *Reporter) StageStarted(s Stage) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stage, r.active, r.began = s, true, r.now()
	r.pace = newPace(r.began, s.Tasks)
	r.view = view{stage: s}
	r.out.started(r.view)
}

// Step tells of a committed step.
func (r *Reporter) Step(s Step) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.active {
		return
	}
	now := r.now()
	r.pace.add(s, now)
	r.view = r.pace.view(r.stage, s, now.Sub(r.began))
	r.out.stepped(r.view, now)
}

// Pace is how fast the stage under way is, smoothed.
type Pace struct {
	ExamplesPerSecond float64
	Left              time.Duration // of the stage
}

// Pace is the pace that is shown; known is false where there is none yet.
func (r *Reporter) Pace() (p Pace, known bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Pace{r.view.rate, r.view.left}, r.active && r.view.paced
}

// StageDone ends the stage with a line that says how long it took.
func (r *Reporter) StageDone() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.active {
		return
	}
	r.active = false
	r.view.elapsed = r.now().Sub(r.began)
	r.out.done(r.view)
}

// Note tells something by the way.
func (r *Reporter) Note(format string, args ...any) {
	if r.aside == nil {
		r.say("", format, args)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.aside.print(told(format, args) + "\n")
}

// Warn tells something that a person should look at.
func (r *Reporter) Warn(format string, args ...any) { r.say("warning: ", format, args) }

func (r *Reporter) say(prefix, format string, args []any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := prefix + told(format, args)
	r.out.message(screen.Hang(text, r.width()))
}

// told is a message as it is shown: names and words in it may be other programs'.
func told(format string, args []any) string {
	return shown.Message(strings.TrimRight(fmt.Sprintf(format, args...), "\n"))
}

// Close ends a line that is still being redrawn, as when a run is interrupted, and
// returns the first error of writing.
func (r *Reporter) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.active = false
	err := r.out.close()
	if r.aside != nil {
		err = errors.Join(err, r.aside.err)
	}
	return err
}

// writer keeps the first error, so that a closed pipe does not stop a run.
type writer struct {
	w   io.Writer
	err error
}

func (w *writer) print(text string) {
	if w.err != nil {
		return
	}
	if _, err := io.WriteString(w.w, text); err != nil {
		w.err = fmt.Errorf("progress: %w", err)
	}
}
