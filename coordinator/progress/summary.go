package progress

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"ringmaster/run/metrics"
	"ringmaster/screen"
	"ringmaster/shown"
)

// Summary is what a person reads when a run is over.
type Summary struct {
	Scores metrics.Report
	// Perplexities are those of a pretraining, which has no Scores.
	Perplexities metrics.Perplexities
	// Target is the task the run is judged by.
	Target string
	// Head is the task whose head answers, where it is not Target's: a source was learnt.
	Head string
	// Pairs says that the student reads two texts.
	Pairs bool
	// Fewer says where fewer workers took part than were asked for (TakingPart).
	Fewer []string
	// Skipped are the stages with steps that were not finite.
	Skipped []Skipped
	// Stages is how long each took, Took the whole run.
	Stages []StageTime
	Took   time.Duration
	RunDir string
	// Student is the folder of the trained model.
	Student string
	// Program is how the person calls ringmaster: "ringmaster", "bin/ringmaster".
	Program string
	// Width is that of where it is shown, in columns; below 1 it is 80.
	Width int
}

// Skipped is how many of a stage's steps were not finite and were passed over.
type Skipped struct {
	Stage     string
	Steps, Of int
}

// StageTime is how long a stage took.
type StageTime struct {
	Name string
	Took time.Duration
}

// WriteSummary writes the table of scores, the times, where the student is and how to
// ask it something.
func WriteSummary(w io.Writer, s Summary) error {
	var b strings.Builder
	if len(s.Scores) > 0 {
		fmt.Fprintf(&b, "\nscores on texts held out from training, in percent\n\n%s\n", metrics.Table(s.Scores, s.width()))
		b.WriteString("\n")
		for _, line := range metrics.Legend(s.Scores) {
			fmt.Fprintln(&b, screen.Wrap(line, s.width(), hanging))
		}
		if line := s.verdict(); line != "" {
			fmt.Fprintf(&b, "\n%s\n", screen.Wrap(line, s.width(), hanging))
		}
	}
	if s.Perplexities != nil {
		b.WriteString(perplexityTable(s.Perplexities, s.width()))
	}
	fmt.Fprintf(&b, "\n%s\n", screen.Wrap("time     "+s.times(), s.width(), "         "))
	for _, stage := range s.Skipped {
		fmt.Fprintf(&b, "skipped  %s: %d of %s were not finite and made no update\n", stage.Stage, stage.Steps, screen.Count(stage.Of, "step", "steps"))
	}
	for _, line := range s.Fewer {
		fmt.Fprintln(&b, screen.Wrap("workers  "+line, s.width(), "         "))
	}
	fmt.Fprintf(&b, "run      %s\n", s.RunDir)
	switch {
	case s.Perplexities != nil:
		fmt.Fprintf(&b, "encoder  %s\n", s.Student)
		fmt.Fprintf(&b, "use it   %s train FILE.yaml --set model.base=%s\n", shown.ShellWord(s.Program), shown.ShellWord(s.Student))
	case s.Student != "":
		fmt.Fprintf(&b, "student  %s\n", s.Student)
		fmt.Fprintf(&b, "try it   %s | %s predict --model %s --task %s\n",
			s.texts(), shown.ShellWord(s.Program), shown.ShellWord(s.Student), shown.ShellWord(cmp.Or(s.Head, s.Target)))
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("progress: %w", err)
	}
	return nil
}

// texts is a shell command that says what the student can be asked.
func (s Summary) texts() string {
	if s.Pairs { // of which a tab parts the two
		return `printf 'I feel so alone.\tI am so sorry, that sounds hard.\n'`
	}
	return "echo " + shown.ShellWord("I keep thinking about how hard this must be for her.")
}

// verdict is the one sentence that counts: the target's test part beside the majority.
func (s Summary) verdict() string {
	t, ok := s.Scores.Task(s.Target)
	if !ok || t.Test == nil {
		return ""
	}
	if v := t.Test.Value; v != nil {
		return fmt.Sprintf("%s: Pearson's r %.3f, Spearman's ρ %.3f, RMSE %.4g on %s; always predicting the mean would have an RMSE of about %.4g",
			s.Target, v.Pearson, v.Spearman, v.RMSE, screen.Count(t.Test.Rows, "test text", "test texts"), v.Deviation)
	}
	if t.Test.Averaging == metrics.Micro {
		return fmt.Sprintf("%s: micro F1 %.1f, macro F1 %.1f over %d labels; giving every label to every text would have a micro F1 of %.1f; all labels right in %.1f%% of %s; always predicting the most frequent set would give %.1f%%",
			s.Target, 100*t.Test.F1, 100**t.Test.MacroF1, len(t.Test.Classes), 100*t.Test.AllGiven(), 100*t.Test.Accuracy, screen.Count(t.Test.Rows, "test text", "test texts"), 100*t.Test.Majority)
	}
	kappa := ""
	if t.Test.Kappa != nil {
		kappa = fmt.Sprintf("quadratic kappa %.3f, ", *t.Test.Kappa)
	}
	return fmt.Sprintf("%s: %sF1 %.1f (%s); accuracy %.1f%% on %s; always predicting the most frequent class would give %.1f%%",
		s.Target, kappa, 100*t.Test.F1, t.Test.Of(), 100*t.Test.Accuracy, screen.Count(t.Test.Rows, "test text", "test texts"), 100*t.Test.Majority)
}

// hanging is what stands before the second line of a sentence, and those after it.
const hanging = "  "

func (s Summary) width() int {
	if s.Width < 1 {
		return screen.DefaultWidth
	}
	return s.Width
}

func (s Summary) times() string {
	if len(s.Stages) == 0 {
		return duration(s.Took)
	}
	parts := make([]string, len(s.Stages))
	for i, stage := range s.Stages {
		parts[i] = stage.Name + " " + duration(stage.Took)
	}
	return duration(s.Took) + ": " + strings.Join(parts, ", ")
}
