package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ringmaster/config"
	"ringmaster/coordinator/job"
	"ringmaster/data"
	"ringmaster/data/leak"
	"ringmaster/data/length"
	"ringmaster/data/tokens"
	"ringmaster/model/hub"
	"ringmaster/model/weights"
	"ringmaster/screen"
)

func dataCheckCommand() *cobra.Command {
	var set []string
	var asJSON bool
	c := &cobra.Command{
		Use:   "check FILE.yaml",
		Short: "Read every corpus of a run file, and report its contents and problems",
		Long: `Reads every corpus of a run file as a run would, and reports how many rows are kept and dropped, which texts
of one part also occur in another part, exactly or nearly, and how many texts are truncated at train.max_length.
Models, tokenizers and teachers are opened as train does, with the same errors that train would report
before its first step.`,
		Example: "  ringmaster data check examples/newsemp-kd.yaml",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			run, err := loadRun(args[0], set)
			if err == nil {
				err = fetchInputs(c.Context(), run, showFetched)
			}
			if err != nil {
				return err
			}
			reads, err := whatTheModelReads(run)
			if err != nil {
				reads = nil // checkRun says why
			}
			refused := checkRun(c.Context(), run)
			wrong := []error{refused}
			var all []*checkedCorpus
			for _, task := range run.Tasks {
				checked, err := check(c.Context(), run, task, reads)
				switch {
				case err != nil && refused != nil && strings.Contains(refused.Error(), err.Error()):
					// It is among the errors of train.
				case err != nil:
					wrong = append(wrong, err)
				default:
					all = append(all, checked)
				}
			}
			if err := checkAcross(c.Context(), run, all); err != nil {
				return err
			}
			for _, checked := range all {
				if asJSON {
					wrong = append(wrong, json.NewEncoder(os.Stdout).Encode(checked))
				} else {
					fmt.Print(shownOn(os.Stdout, checked.String()))
				}
			}
			if err := errors.Join(wrong...); err != nil {
				return badInput(err)
			}
			return nil
		},
	}
	c.Flags().StringArrayVar(&set, "set", nil, "set a key of the run file (may be repeated)")
	c.Flags().BoolVar(&asJSON, "json", false, "print one line of JSON per corpus")
	return c
}

// reading is the tokenizer of a run's model and its limit.
type reading struct {
	encoder   tokens.Encoder
	positions int // the most that the model can read; 0: no bound
}

// whatTheModelReads opens the tokenizer of a run's model. A baseline reads words; its
// vocabulary does not matter here.
func whatTheModelReads(run *config.Run) (*reading, error) {
	if run.Model.Arch != "" {
		return &reading{encoder: tokens.CollectWords(nil)}, nil
	}
	dir, err := hub.Resolve(run.Model.Base, run.BaseDir)
	if err != nil {
		return nil, err
	}
	folder, encoder, err := job.OpenModel(dir, weights.AllowNoPooler())
	if err != nil {
		return nil, err
	}
	return &reading{encoder, folder.Config.Sizes().LongestText}, nil
}

// shownOn is a text as it is printed to a file: wrapped if that is a terminal.
func shownOn(f *os.File, text string) string {
	width, _ := screen.TerminalWidth(f) // 0 wraps nothing
	return screen.Hang(text, width)
}

// checkedCorpus is the report of a corpus.
type checkedCorpus struct {
	data.Report
	Leaks  []leak.Pair    `json:"leaks"`
	Length *length.Report `json:"length,omitempty"`

	corpus *data.Corpus
	leaks  *leak.Report
	across []*leak.Report // what the target's test part has of other tasks' training parts
}

// checkAcross looks for test texts of the target in the training texts of the student's other
// tasks.
func checkAcross(ctx context.Context, run *config.Run, all []*checkedCorpus) error {
	target, ok := run.Target()
	if !ok || run.Method == config.MaskedLM {
		return nil
	}
	for _, tested := range all {
		for _, learnt := range all {
			isLearnt := slices.ContainsFunc(run.StudentTasks(), func(t config.Task) bool { return t.Name == learnt.Task })
			if tested.Task != target.Name || learnt == tested || !isLearnt {
				continue
			}
			r, err := leak.Between(ctx, learnt.corpus, tested.corpus)
			if err != nil {
				return err
			}
			tested.across = append(tested.across, r)
			tested.Leaks = append(tested.Leaks, r.Pairs...)
		}
	}
	return nil
}

func check(ctx context.Context, run *config.Run, task config.Task, reads *reading) (*checkedCorpus, error) {
	corpus, err := data.Load(ctx, run.BaseDir, task)
	if err != nil {
		return nil, err
	}
	c := &checkedCorpus{Report: corpus.Report, corpus: corpus}
	if c.leaks, err = leak.Find(ctx, corpus); err != nil {
		return nil, err
	}
	c.Leaks = c.leaks.Pairs
	// Pretraining concatenates texts and truncates none.
	if reads != nil && run.Method != config.MaskedLM && !task.Pretrain {
		lengths, err := length.Count(ctx, reads.encoder, corpus)
		if err != nil {
			return nil, err
		}
		r := length.Of(task.Name, lengths, reads.encoder, run.Train.MaxLength)
		r.Positions = reads.positions
		c.Length = &r
	}
	return c, nil
}

// String formats the report as text.
func (c *checkedCorpus) String() string {
	text := c.Report.String() + c.leaks.String()
	for _, r := range c.across {
		if r.Pairs[0].Share() > 0 {
			text += r.String()
		}
	}
	if c.Length != nil {
		text += fmt.Sprintf("  length     %s\n", c.Length)
	}
	return text
}
