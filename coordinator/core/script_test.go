package core

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
)

// TestScripts runs the conversations in testdata: each command is an event, and what
// stands below the dashes is what the machine decides. Re-record with -rewrite.
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		var m *Machine
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd == "run" || d.Cmd == "resume" {
				m = machine(t, d)
				return ""
			}
			if d.Cmd == "waits" {
				w := m.Waiting()
				return fmt.Sprintf("%s, %d of %d, from %v", [...]string{"nothing", "workers", "preparation", "models", "links", "steps", "batches", "handover"}[w.For], w.Done, w.Of, w.From)
			}
			var out strings.Builder
			for _, e := range events(t, d) {
				for _, decision := range m.Apply(e) {
					fmt.Fprintf(&out, "%s %+v\n", strings.TrimPrefix(fmt.Sprintf("%T", decision), "core."), decision)
				}
			}
			if out.Len() == 0 {
				return "(nothing)"
			}
			return out.String()
		})
	})
}

// machine reads "run workers=2 ahead=2 stages=1", or "resume" with where the run was.
func machine(t *testing.T, d *datadriven.TestData) *Machine {
	cfg := Config{
		Workers: number(t, d, "workers", 1), Ahead: number(t, d, "ahead", 1),
		Silence: 10 * time.Second, LastHolders: time.Duration(number(t, d, "last", 0)) * time.Second,
		Suspicion: time.Second, Gather: 2 * time.Second, Setbacks: number(t, d, "setbacks", 5),
		Returns: number(t, d, "returns", 3), Saves: number(t, d, "saves", 3),
	}
	cfg.Min, cfg.Max = number(t, d, "min", 1), number(t, d, "max", cfg.Workers)
	stages := number(t, d, "stages", 1)
	if d.Cmd == "run" {
		return New(cfg, stages)
	}
	return NewFrom(cfg, stages, ResumePoint{
		Stage: number(t, d, "stage", 0), Generation: uint64(number(t, d, "gen", 0)), BeginGeneration: uint64(number(t, d, "lineage", 0)),
		Committed: StateID{number(t, d, "committed", 0), uint64(number(t, d, "in", 0))},
		Settled:   uint64(number(t, d, "settled", 0)),
		Members:   members(t, d),
	})
}

// members reads members=(a,b).
func members(t *testing.T, d *datadriven.TestData) (all []WorkerID) {
	if !d.HasArg("members") {
		return nil
	}
	for _, a := range d.CmdArgs {
		if a.Key == "members" {
			for _, name := range a.Vals {
				all = append(all, WorkerID(name))
			}
		}
	}
	return all
}

func number(t *testing.T, d *datadriven.TestData, key string, otherwise int) int {
	if !d.HasArg(key) {
		return otherwise
	}
	var v int
	d.ScanArgs(t, key, &v)
	return v
}

// events reads "cmd worker… key=value…": one event a worker named. Marks are written
// applied=N in=GENERATION.
func events(t *testing.T, d *datadriven.TestData) []Event {
	number := func(key string, otherwise int) int { return number(t, d, key, otherwise) }
	at := time.Unix(0, 0).Add(time.Duration(number("at", 0)) * time.Second)
	gen, stage := uint64(number("gen", 1)), number("stage", 0)
	state := StateID{number("applied", 0), uint64(number("in", 1))}
	var workers []WorkerID
	for _, a := range d.CmdArgs {
		if len(a.Vals) == 0 {
			workers = append(workers, WorkerID(a.Key))
		}
	}
	var out []Event
	switch d.Cmd {
	case "tick":
		return []Event{Tick{Now: at, Connected: workers}}
	case "stop":
		return []Event{StopRequested{}}
	case "saved":
		return []Event{Saved{stage}}
	case "prepared":
		kind := Train
		if d.HasArg("batches") {
			kind = Infer
		}
		return []Event{Prepared{
			Stage: stage, Kind: kind, Units: number("steps", 0) + number("batches", 0), From: number("from", 0),
			GateEvery: number("gates", 0), Passed: number("passed", 0),
		}}
	case "judged":
		return []Event{Judged{stage, number("step", 0), d.HasArg("ends")}}
	}
	for _, w := range workers {
		switch d.Cmd {
		case "join":
			joined := Joined{Worker: w, At: at}
			if d.HasArg("barred") {
				joined.Barred = time.Unix(0, 0).Add(time.Duration(number("barred", 0)) * time.Second)
			}
			if d.HasArg("applied") {
				joined.Held = &Held{stage, state}
			}
			out = append(out, joined)
		case "heard":
			out = append(out, Heard{w, at})
		case "lost":
			out = append(out, Lost{w, "its process ended"})
		case "notsaved":
			out = append(out, NotSaved{w, stage, "no space left on device", at})
		case "failed":
			out = append(out, Failed{w, "out of memory"})
		case "unreached":
			out = append(out, Unreached{w, at})
		case "leaving":
			out = append(out, Leaving{w})
		case "broken": // the workers named hold the rank given at fault
			out = append(out, Broken{w, gen, number("rank", -1), "connection lost", at})
		case "linked":
			ready := RingReady{Worker: w, Generation: gen}
			if d.HasArg("applied") {
				ready.State = &state
			}
			out = append(out, ready)
		case "ready":
			out = append(out, StageReady{w, uint64(number("in", 1))})
		case "done":
			hash := ""
			if d.HasArg("hash") {
				d.ScanArgs(t, "hash", &hash)
			}
			var units string
			d.ScanArgs(t, "unit", &units)
			n, err := strconv.Atoi(units)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, UnitDone{w, gen, stage, n, hash, d.HasArg("nan")})
		default:
			t.Fatalf("unknown command %s", d.Cmd)
		}
	}
	return out
}
