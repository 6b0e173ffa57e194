package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ringmaster/config"
	"ringmaster/run/audit"
	"ringmaster/run/directory"
	"ringmaster/screen"
)

// errProblems: an audit found problems in the run's logs.
var errProblems = errors.New("the logs do not match the plan")

// toldProblems is the number of problems that are printed as text.
const toldProblems = 20

func auditCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "audit RUN_DIR",
		Short: "Verify from a run's ledger that every example was used exactly once per epoch",
		Long: `Recomputes the run's plan from RUN_DIR/config.yaml and RUN_DIR/plan.json, and compares
ledger.jsonl and events.jsonl with it. It verifies that
  - every step of every stage is logged once and in order
  - each step has the examples of the plan, summed over all ranks
  - every finished epoch of a task has each row exactly once; with sampling: balanced, every finished pass over a class its rows
  - λ and the learning rate are those of the plan
  - generations never decrease, and match those of record.log
  - no step was skipped unless the run file allows it
  - a training ended early exactly where early_stop and its scores say
  - no step that was rolled back is left in the logs
The corpora and models are not needed.

Exit code: 0 if everything is correct, 1 if a problem was found, 2 if RUN_DIR cannot be audited.`,
		Example: `  ringmaster audit runs/20261123-141456-sample
  ringmaster audit --json runs/20261123-141456-sample`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			record, err := readRecord(directory.Layout(args[0]))
			if err != nil {
				return badInput(err)
			}
			verdict, err := audit.Judge(record)
			if err != nil {
				return badInput(fmt.Errorf("%s: %w", args[0], err))
			}
			if asJSON {
				err = json.NewEncoder(os.Stdout).Encode(verdict)
			} else {
				err = tellVerdict(os.Stdout, verdict)
			}
			if err == nil && !verdict.OK {
				err = fmt.Errorf("%s: %w", args[0], errProblems)
			}
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the verdict as JSON, with all problems")
	return c
}

// readRecord reads the files that an audit checks.
func readRecord(l directory.Layout) (r audit.Record, err error) {
	holds, err := l.HoldsRun()
	if err != nil {
		return r, err
	}
	if !holds {
		return r, fmt.Errorf("%s: %w", l, directory.ErrNoRun)
	}
	if r.Run, err = config.LoadResolved(l.Config()); err != nil {
		return r, err
	}
	if r.Plan, err = l.ReadPlan(); errors.Is(err, fs.ErrNotExist) {
		return r, fmt.Errorf("%s is missing: it lists each task's training rows, and the plan cannot be recomputed without it; runs of older releases did not write it", l.Plan())
	} else if err != nil {
		return r, err
	}
	if r.Events, err = readLog(l.Events(), l.ReadEvents); err != nil {
		return r, err
	}
	if r.Ledger, err = readLog(l.Ledger(), l.ReadLedger); err != nil {
		return r, err
	}
	if r.Reached, err = l.ReadProgress(); err != nil {
		return r, err
	}
	if err := addRecord(&r, l); err != nil {
		return r, err
	}
	_, err = os.Stat(l.Metrics())
	if r.Finished = err == nil; errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return r, err
}

// addRecord adds the coordinator's record, if it exists. An incomplete last line is not a
// problem: its entry was not announced to anyone.
func addRecord(r *audit.Record, l directory.Layout) error {
	if _, err := os.Stat(l.RecordLog()); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	coordinator, _, err := l.ReadRecord()
	if errors.Is(err, directory.ErrDamaged) {
		r.Damage = err
		return nil
	}
	r.Coordinator = &coordinator
	return err
}

// readLog reads a log as far as possible. A missing log is an error: a run creates both
// logs together, before its first step.
func readLog[T any](path string, read func(func(T) error) (bool, error)) (log audit.Log[T], err error) {
	if _, err := os.Stat(path); err != nil {
		return log, err
	}
	log.Torn, err = read(func(line T) error {
		log.Lines = append(log.Lines, line)
		return nil
	})
	if errors.Is(err, directory.ErrDamaged) {
		log.Damage, err = err, nil
	}
	return log, err
}

// tellVerdict prints a verdict as text.
func tellVerdict(w io.Writer, v audit.Verdict) error {
	var text strings.Builder
	for _, problem := range v.Problems[:min(toldProblems, len(v.Problems))] {
		fmt.Fprintln(&text, problem)
	}
	if more := len(v.Problems) - toldProblems; more > 0 {
		fmt.Fprintf(&text, "and %d more; --json lists them all\n", more)
	}
	var counts []string
	for _, task := range slices.Sorted(maps.Keys(v.Examples)) {
		counts = append(counts, fmt.Sprintf("%s %d", task, v.Examples[task]))
	}
	fmt.Fprintf(&text, "%s; examples: %s\n", screen.Count(v.Steps, "step", "steps"), strings.Join(counts, ", "))
	if !v.Finished {
		fmt.Fprintln(&text, "the run is not finished; it was audited up to its last step")
	}
	if v.OK {
		fmt.Fprintln(&text, "the logs match the plan: every example was used exactly once in every finished epoch of its task")
	}
	_, err := io.WriteString(w, text.String())
	return err
}
