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

// errProblems: an audit found the run's logs wrong.
var errProblems = errors.New("the logs are not what the plan says")

// toldProblems is how many problems are printed for a person.
const toldProblems = 20

func auditCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "audit RUN_DIR",
		Short: "Prove from a run's ledger that every example counted exactly once",
		Long: `Computes the run's plan anew, from RUN_DIR/config.yaml and RUN_DIR/plan.json, and holds
ledger.jsonl and events.jsonl against it: every step of every stage is there once and in
order; its examples are the plan's, over all ranks; every finished epoch of a task has
each row exactly once; λ and learning rate are the plan's; generations do not fall, and
are those of record.log; no step was skipped that the run file does not let be, and none
that was taken back is left. It needs neither the corpora nor a model.

Exit code 0 when all holds, 1 when something is wrong, 2 when RUN_DIR cannot be audited.`,
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
	c.Flags().BoolVar(&asJSON, "json", false, "the verdict as JSON, with every problem")
	return c
}

// readRecord reads what an audit judges.
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
		return r, fmt.Errorf("%s is missing: it lists each task's training rows, without which the plan cannot be computed anew; runs of older releases did not leave it", l.Plan())
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

// addRecord adds the coordinator's record, where there is one. That its last line is torn
// is no fault: nobody was told of what it says.
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

// readLog reads a log as far as it can be read. A log that is not there is an error: a
// run makes both at once, before its first step.
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

// tellVerdict prints a verdict for a person.
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
		fmt.Fprintln(&text, "the run did not come to its end; it was judged as far as it came")
	}
	if v.OK {
		fmt.Fprintln(&text, "all is as planned: every example counted exactly once in every finished epoch of its task")
	}
	_, err := io.WriteString(w, text.String())
	return err
}
