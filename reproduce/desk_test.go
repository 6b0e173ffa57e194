package reproduce_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ringmaster/config"
	"ringmaster/coordinator/job"
	"ringmaster/data"
	"ringmaster/reproduce"
	"ringmaster/reproduce/experiments"
	"ringmaster/reproduce/reproducetest"
	"ringmaster/run/directory"
)

// desk is a run file with its corpora, and what was computed from it.
type desk struct {
	t    *testing.T
	dir  string
	told []string
	// ran are the runs that were carried out, in order.
	ran []*config.Run
	// resumed says whether the last of them went on with what was there.
	resumed bool
	// fail, when set, is asked before each run.
	fail   func(run *config.Run) error
	answer reproducetest.Answer
}

const runFile = `model: {base: ./model}
method: mt
tasks:
  - name: empathy
    target: true
    data: {path: empathy.csv, format: csv, text: text, label: label, labels: {"0": none, "1": empathy}, split: {seed: 5}}
  - name: sentiment
    data: {path: sentiment.csv, format: csv, text: text, label: label, labels: {"0": negative, "1": positive}}
train: {epochs: 2, batch: 8, lr: 1e-4, seed: 10}
cluster: {workers: 2}
`

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, dir: t.TempDir()}
	d.write("run.yaml", runFile)
	for _, name := range []string{"empathy", "sentiment"} {
		text := strings.Builder{}
		text.WriteString("text,label\n")
		for i := range 200 {
			fmt.Fprintf(&text, "%s text number %d,%d\n", name, i, i%2)
		}
		d.write(name+".csv", text.String())
	}
	if err := os.Mkdir(d.at("model"), 0o700); err != nil {
		t.Fatal(err)
	}
	// A seed and a method have mistakes of their own.
	d.answer = func(run *config.Run, _ directory.Part, row data.Example) bool {
		every := map[config.Method]int{config.Single: 3, config.MultiTask: 4, config.Distill: 4, config.DistillAnn: 9}[run.Method]
		return (row.Row/2+int(run.Train.Seed))%every != 0
	}
	return d
}

func (d *desk) at(parts ...string) string { return filepath.Join(append([]string{d.dir}, parts...)...) }

func (d *desk) write(name, text string) {
	d.t.Helper()
	if err := os.WriteFile(d.at(name), []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// options are of two seeds of a few rows.
func (d *desk) options(rows ...string) reproduce.Options {
	d.t.Helper()
	table, err := experiments.Find("newsemp")
	if err != nil {
		d.t.Fatal(err)
	}
	if table, err = table.Pick(rows); err != nil {
		d.t.Fatal(err)
	}
	return reproduce.Options{
		Table: table, File: "run.yaml", Seeds: 2, Runs: d.at("runs"), Dir: d.at("runs", "reproduce-newsemp"),
		Load: func(set ...string) (*config.Run, error) {
			return config.Load(d.at("run.yaml"), config.LoadOptions{Set: set})
		},
		Prepare: reproducetest.Prepare,
		Engine: func(ctx context.Context, job *job.Job, dir *directory.Dir, resume bool) error {
			d.ran = append(d.ran, job.Run)
			d.resumed = resume
			if d.fail != nil {
				if err := d.fail(job.Run); err != nil {
					// As the engine does, it leaves something behind.
					return errors.Join(err, dir.WriteConfig(job.Run.Write))
				}
			}
			return reproducetest.Engine(d.answer)(ctx, job, dir, resume)
		},
		Notify: func(format string, args ...any) { d.told = append(d.told, fmt.Sprintf(format, args...)) },
	}
}

// run plans and runs; it returns what was carried out by this call.
func (d *desk) run(o reproduce.Options) ([]*config.Run, error) {
	d.t.Helper()
	d.ran = nil
	plan, err := reproduce.NewPlan(d.t.Context(), o)
	if err != nil {
		return nil, err
	}
	err = plan.Run(d.t.Context())
	return d.ran, err
}

// mustRun is run where nothing may go wrong.
func (d *desk) mustRun(o reproduce.Options) []*config.Run {
	d.t.Helper()
	ran, err := d.run(o)
	if err != nil {
		d.t.Fatal(err)
	}
	return ran
}

func (d *desk) result(o reproduce.Options) *reproduce.Result {
	d.t.Helper()
	r, err := reproduce.Read(o.Dir)
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}
