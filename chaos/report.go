package chaos

import (
	"fmt"
	"strings"

	"ringmaster/chaos/recovery"
)

// Report is what a trial came to.
type Report struct {
	Seed   uint64 `json:"seed"`
	Faults int    `json:"faults"` // that were done
	Steps  int    `json:"steps"`
	OK     bool   `json:"ok"`
	// Checks are what has to hold, each with what was found.
	Checks []Check `json:"checks"`
	// Recovery is how long the run stood still, by kind of fault, in seconds.
	Recovery []recovery.Row `json:"recovery"`
	// Rounds are what was done, and what came of it.
	Rounds []Round `json:"rounds"`
	// Restarts are how often a worker's process ended after a fault that it might have
	// survived, and was started again.
	Restarts int     `json:"restarts"`
	Seconds  float64 `json:"seconds"`
}

// Check is one thing that has to hold.
type Check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
}

// Round is what a round of faults did to the run.
type Round struct {
	Faults     []string `json:"faults"`
	Step       int      `json:"step"` // committed when it began
	Stall      float64  `json:"stall"`
	Recovery   float64  `json:"recovery"`
	Outage     bool     `json:"outage"`
	Generation uint64   `json:"generation"` // after it
	World      int      `json:"world"`
	Note       string   `json:"note,omitempty"`
}

// check adds a finding.
func (r *Report) check(name string, ok bool, format string, args ...any) {
	r.Checks = append(r.Checks, Check{name, ok, fmt.Sprintf(format, args...)})
}

// judge says whether all holds.
func (r *Report) judge() {
	r.OK = true
	for _, c := range r.Checks {
		r.OK = r.OK && c.OK
	}
}

// Text is the report for a person.
func (r *Report) Text() string {
	var b strings.Builder
	if len(r.Recovery) > 0 {
		fmt.Fprintln(&b, recovery.Table(r.Recovery, false))
	}
	for _, c := range r.Checks {
		mark := "ok    "
		if !c.OK {
			mark = "FAILED"
		}
		fmt.Fprintf(&b, "%s %s: %s\n", mark, c.Name, c.Detail)
	}
	verdict := "verified"
	switch {
	case len(r.Checks) == 0:
		verdict = "not verified, the trial was not completed"
	case !r.OK:
		verdict = "verification FAILED"
	}
	fmt.Fprintf(&b, "seed %d: %d faults over %d steps in %.0f s: %s\n", r.Seed, r.Faults, r.Steps, r.Seconds, verdict)
	return b.String()
}
