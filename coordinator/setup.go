package coordinator

import (
	"ringmaster/coordinator/job"
	"ringmaster/refusals"
	"ringmaster/run/directory"
	"ringmaster/run/telemetry"
)

// setup is what a run was started with. It does not change, so every part of the
// coordinator has it.
type setup struct {
	job  *job.Job
	opts Options
	dir  *directory.Dir // of opts
	// refused counts what is refused from the network; any goroutine may add to it.
	refused *refusals.Counter
	monitor *Monitor // of opts; nil in tests of a part
}

// metrics count what happens; nil, which counts nothing, in tests of a part.
func (s *setup) metrics() *telemetry.Coordinator {
	if s.monitor == nil {
		return nil
	}
	return s.monitor.metrics
}

// notify shows a line to whoever watches the run.
func (s *setup) notify(format string, args ...any) {
	s.opts.Report.Note(format, args...)
}

// kept says that there is something new to resume from.
func (s *setup) kept() {
	if s.opts.Kept != nil {
		s.opts.Kept()
	}
}
