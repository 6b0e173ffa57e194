package progress

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"ringmaster/coordinator/metrics"
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
	// Fewer says where fewer workers took part than were asked for (TakingPart).
	Fewer []string
	// Stages is how long each took, Took the whole run.
	Stages []StageTime
	Took   time.Duration
	RunDir string
	// Student is the folder of the trained model.
	Student string
	// Program is how the person calls ringmaster: "ringmaster", "bin/ringmaster".
	Program string
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
		fmt.Fprintf(&b, "\nscores on texts held out from training, in percent\n\n%s\n", metrics.Table(s.Scores, metrics.Terminal))
		for _, line := range s.undefined() {
			fmt.Fprintf(&b, "%s\n", line)
		}
		if line := s.verdict(); line != "" {
			fmt.Fprintf(&b, "\n%s\n", line)
		}
	}
	if s.Perplexities != nil {
		b.WriteString(perplexityTable(s.Perplexities))
	}
	fmt.Fprintf(&b, "\ntime     %s\n", s.times())
	for _, line := range s.Fewer {
		fmt.Fprintf(&b, "workers  %s\n", line)
	}
	fmt.Fprintf(&b, "run      %s\n", s.RunDir)
	switch {
	case s.Perplexities != nil:
		fmt.Fprintf(&b, "encoder  %s\n", s.Student)
		fmt.Fprintf(&b, "use it   %s train FILE.yaml --set model.base=%s\n", quote(s.Program), quote(s.Student))
	case s.Student != "":
		fmt.Fprintf(&b, "student  %s\n", s.Student)
		fmt.Fprintf(&b, "try it   echo %s | %s predict --model %s --task %s\n",
			quote("I keep thinking about how hard this must be for her."), quote(s.Program), quote(s.Student), quote(cmp.Or(s.Head, s.Target)))
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("progress: %w", err)
	}
	return nil
}

// verdict is the one sentence that counts: the target's test part beside the majority.
func (s Summary) verdict() string {
	t, ok := s.Scores.Task(s.Target)
	if !ok || t.Test == nil {
		return ""
	}
	return fmt.Sprintf("%s: F1 %.1f; %.1f%% of %d test texts right, where always answering the commonest class gets %.1f%%",
		s.Target, 100*t.Test.F1, 100*t.Test.Accuracy, t.Test.Rows, 100*t.Test.Majority)
}

// undefined names parts with precisions or recalls of 0/0.
func (s Summary) undefined() []string {
	var out []string
	for _, t := range s.Scores {
		for _, part := range []struct {
			name   string
			scores *metrics.Scores
		}{{"valid", t.Valid}, {"test", t.Test}} {
			if part.scores != nil && part.scores.ZeroDivisions > 0 {
				out = append(out, fmt.Sprintf("note: %s %s has 0/0 (a class never predicted, or without texts) %d times, counted as 0",
					t.Task, part.name, part.scores.ZeroDivisions))
			}
		}
	}
	return out
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

// quote makes a word safe for a POSIX shell.
func quote(word string) string {
	safe := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+:@%", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !safe(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
