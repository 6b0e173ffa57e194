package experiments

import (
	"fmt"
	"slices"
	"strings"

	"ringmaster/config"
)

// Table is one experiment: a table of the paper, or a part of one.
type Table struct {
	Name  string // as on the command line
	Title string
	Paper string // where it stands in the paper
	About string
	// Target is what the table asks of the target's corpus.
	Target Target
	Rows   []Row
	// Question is what its comparisons answer.
	Question string
	// Example is a run file of the project to start from.
	Example string
}

// Target is what a table asks of the target's corpus. Zero values leave it as declared.
type Target struct {
	// Labels replace the label map; the corpus must declare the same labels.
	Labels config.Labels
	// Train, Valid and Test replace the shares of a split, whose seed stays.
	Train, Valid, Test float64
}

// Family says what a row's systems have in common.
type Family string

// The families, in the order of the tables.
const (
	Baseline   Family = "baseline"
	Single     Family = "single"
	MultiTask  Family = "mt"
	Distilled  Family = "kd"
	Annealed   Family = "kd-annealed"
	SourceOnly Family = "source-only"
	Pretrained Family = "pretrain"
	TargetOnly Family = "target-only"
)

// Row is one system.
type Row struct {
	Name   string
	Title  string
	Family Family
	Method config.Method
	// Arch is a baseline's architecture; empty for the encoder of the run file.
	Arch string
	// Helpers are the tasks beside the target, by name.
	Helpers []string
	// Source: the student learns the run file's source, and is only tested on the target.
	Source bool
	// Corpus is the task whose texts the encoder is pretrained on; empty: on none.
	Corpus string
	// Against names the rows that this one is compared with.
	Against []string
}

// The names of the tasks that help.
const (
	Sentiment = "sentiment"
	Emotion   = "emotion"
)

// systems are the rows of Tables 4, 5 and 6. Plain KD (Equation 2) has rows of its own.
func systems() []Row {
	rows := []Row{
		{Name: "cnn", Title: "CNN", Family: Baseline, Method: config.Single, Arch: "cnn"},
		{Name: "lstm", Title: "LSTM", Family: Baseline, Method: config.Single, Arch: "lstm"},
		{Name: "bilstm", Title: "BiLSTM", Family: Baseline, Method: config.Single, Arch: "bilstm"},
		{Name: "convlstm", Title: "ConvLSTM", Family: Baseline, Method: config.Single, Arch: "convlstm"},
		{Name: "single", Title: "Encoder, target alone", Family: Single, Method: config.Single},
	}
	helpers := []struct {
		name  string
		tasks []string
	}{{Sentiment, []string{Sentiment}}, {Emotion, []string{Emotion}}, {"both", []string{Sentiment, Emotion}}}
	for _, f := range []struct {
		family Family
		method config.Method
		title  string
	}{
		{MultiTask, config.MultiTask, "MT: "},
		{Distilled, config.Distill, "KD, plain: "},
		{Annealed, config.DistillAnn, "KD, annealed: "},
	} {
		for _, h := range helpers {
			r := Row{
				Name: string(f.family) + "-" + h.name, Family: f.family, Method: f.method,
				Title: f.title + strings.Join(h.tasks, " + "), Helpers: h.tasks,
			}
			if f.method.NeedsTeachers() {
				r.Against = []string{string(MultiTask) + "-" + h.name, "single"}
			}
			rows = append(rows, r)
		}
	}
	return rows
}

const isKDBetter = "Is KD better?"

// Tables are the experiments, in the paper's order.
func Tables() []Table {
	direction := func(which, other string) Target {
		return Target{
			Labels: config.Labels{{From: "none", To: "rest"}, {From: other, To: "rest"}, {From: which, To: which}},
			Train:  0.6, Valid: 0.2, Test: 0.2,
		}
	}
	const twittEmp = "examples/twittemp.yaml"
	return []Table{
		{
			Name: "newsemp", Title: "Empathy in reactions to news", Paper: "Table 4",
			About: "NewsEmp, empathy or none", Rows: systems(), Question: isKDBetter,
			Target: Target{Train: 0.8, Valid: 0.1, Test: 0.1}, Example: "examples/newsemp-kd.yaml",
		},
		{
			Name: "twittemp", Title: "Empathy in tweets", Paper: "Tables 5 and 6",
			About: "TwittEmp's format, seeking or providing empathy against none", Rows: systems(), Question: isKDBetter,
			Target: Target{
				Labels: config.Labels{{From: "none", To: "none"}, {From: "seeking", To: "empathy"}, {From: "providing", To: "empathy"}},
				Train:  0.8, Valid: 0.1, Test: 0.1,
			},
			Example: twittEmp,
		},
		{
			Name: "twittemp-seeking", Title: "Seeking empathy in tweets", Paper: "Tables 5 and 6",
			About: "TwittEmp's format, seeking empathy against the rest", Rows: systems(), Target: direction("seeking", "providing"), Question: isKDBetter, Example: twittEmp,
		},
		{
			Name: "twittemp-providing", Title: "Providing empathy in tweets", Paper: "Tables 5 and 6",
			About: "TwittEmp's format, providing empathy against the rest", Rows: systems(), Target: direction("providing", "seeking"), Question: isKDBetter, Example: twittEmp,
		},
		domainAdaptation(),
	}
}

// Find is the table of a name.
func Find(name string) (Table, error) {
	var names []string
	for _, t := range Tables() {
		if t.Name == name {
			return t, nil
		}
		names = append(names, t.Name)
	}
	return Table{}, fmt.Errorf("%w: there is no %q; the experiments are %s", ErrUnknown, name, strings.Join(names, ", "))
}

// Pick keeps the rows that are named, by name or by family, in the table's order; no
// names keep all.
func (t Table) Pick(names []string) (Table, error) {
	if len(names) == 0 {
		return t, nil
	}
	var all, kept []string
	picked := t
	picked.Rows = nil
	for _, r := range t.Rows {
		all = append(all, r.Name)
		for _, name := range names {
			if name == r.Name || name == string(r.Family) {
				kept = append(kept, name)
				picked.Rows = append(picked.Rows, r)
				break
			}
		}
	}
	for _, name := range names {
		if !slices.Contains(kept, name) && !slices.ContainsFunc(t.Rows, func(r Row) bool { return string(r.Family) == name }) {
			return Table{}, fmt.Errorf("%w: %s has no row %q; its rows are %s", ErrUnknown, t.Name, name, strings.Join(all, ", "))
		}
	}
	return picked, nil
}
