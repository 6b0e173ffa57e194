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
			if d.Cmd == "run" {
				cfg := Config{Silence: 10 * time.Second}
				var stages int
				d.ScanArgs(t, "workers", &cfg.Workers)
				d.ScanArgs(t, "ahead", &cfg.Ahead)
				d.ScanArgs(t, "stages", &stages)
				m = New(cfg, stages)
				return ""
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

// events reads "cmd worker… key=value…": one event a worker named.
func events(t *testing.T, d *datadriven.TestData) []Event {
	number := func(key string, otherwise int) int {
		if !d.HasArg(key) {
			return otherwise
		}
		var v int
		d.ScanArgs(t, key, &v)
		return v
	}
	at := time.Unix(0, 0).Add(time.Duration(number("at", 0)) * time.Second)
	gen, stage := uint64(number("gen", 1)), number("stage", 0)
	var workers []WorkerID
	for _, a := range d.CmdArgs {
		if len(a.Vals) == 0 {
			workers = append(workers, WorkerID(a.Key))
		}
	}
	var out []Event
	switch d.Cmd {
	case "tick":
		return []Event{Tick{at}}
	case "stop":
		return []Event{StopRequested{}}
	case "prepared":
		kind := Train
		if d.HasArg("chunks") {
			kind = Infer
		}
		return []Event{Prepared{stage, kind, number("steps", 0) + number("chunks", 0)}}
	}
	for _, w := range workers {
		switch d.Cmd {
		case "join":
			out = append(out, Joined{w, at})
		case "heard":
			out = append(out, Heard{w, at})
		case "lost":
			out = append(out, Lost{w, "its process ended"})
		case "failed":
			out = append(out, Failed{w, "out of memory"})
		case "accused": // the workers named accuse the rank given
			out = append(out, Accused{w, number("rank", 0), "connection lost"})
		case "linked":
			out = append(out, RingReady{w, gen})
		case "ready":
			out = append(out, StageReady{w, gen, stage})
		case "saved":
			out = append(out, Saved{w, stage})
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
			out = append(out, UnitDone{w, gen, stage, n, hash})
		default:
			t.Fatalf("unknown command %s", d.Cmd)
		}
	}
	return out
}
