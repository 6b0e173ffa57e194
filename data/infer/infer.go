package infer

import (
	"context"
	"fmt"
	"slices"

	"ringmaster/config"
	"ringmaster/data/tokens"
	"ringmaster/errkind"
)

// Options are what a user may decide.
type Options struct {
	// Text, TextPair, Label and Group name columns; several of Label are columns of 0 and 1. Empty ones are found.
	Text     string
	TextPair string // the second text of rows with two; empty finds one by the columns' names
	Label    []string
	Group    string
	// Kind is that of every task; empty is found.
	Kind config.Kind
	// Method is the run's; empty is single for one task, and kd-annealed for several.
	Method config.Method
	// Model is the encoder that the file names.
	Model string
	// Encoder measures lengths in its tokens; nil estimates them from words. Positions is the most that the model reads, 0:
	// unknown.
	Encoder   tokens.Encoder
	Positions int
	// Dir is the folder that the run file will lie in: its paths start from there.
	Dir string
	// Limit is how many bytes of the files are looked at; 0 is usualLimit.
	Limit int
	// Command is the command line, for the file's first line.
	Command string
}

// usualLimit is how many bytes of text are looked at where Options say nothing.
const usualLimit = 64 << 20

func (o Options) unlabelled() bool { return o.Method == config.MaskedLM }

// Found is a run file for what was found.
type Found struct {
	Text string
	// Summary is a line for each task, for a person.
	Summary []string
}

// Infer looks at files and folders and writes a run file for them. The error is one of this package's, of data's, textfile's
// or parquetfile's, the file system's, or ctx's.
func Infer(ctx context.Context, paths []string, o Options) (*Found, error) {
	sources, err := gather(paths)
	if err != nil {
		return nil, err
	}
	if o.Limit == 0 {
		o.Limit = usualLimit
	}
	var tables []*table
	for _, s := range sources {
		t, err := read(ctx, s, max(o.Limit/len(sources), 1<<16))
		if err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	f := &file{options: o}
	for _, c := range group(tables) {
		d, err := draftOf(c, o)
		if err != nil {
			return nil, err
		}
		f.drafts = append(f.drafts, d)
	}
	if err := f.checkOptions(); err != nil {
		return nil, err
	}
	f.nameApart()
	if err := f.measure(ctx); err != nil {
		return nil, err
	}
	if err := f.verify(ctx); err != nil {
		return nil, err
	}
	return &Found{Text: f.text(), Summary: f.summary()}, nil
}

// file is a run file in the making.
type file struct {
	options   Options
	drafts    []*draft
	maxLength int
	lengths   []string // what was measured, a line a task
}

// method is the run's.
func (f *file) method() config.Method {
	switch {
	case f.options.Method != "":
		return f.options.Method
	case len(f.drafts) > 1:
		return config.DistillAnn
	}
	return config.Single
}

// checkOptions refuses a method that needs more tasks than there are.
func (f *file) checkOptions() error {
	methods := []config.Method{config.Single, config.MultiTask, config.Distill, config.DistillAnn, config.MaskedLM}
	if m := f.options.Method; m != "" && !slices.Contains(methods, m) {
		return errkind.Errorf(ErrUnsuitable, "--method %s is not one of single, mt, kd, kd-annealed, mlm", m)
	}
	if k := f.options.Kind; k != "" && !slices.Contains(config.Kinds(), k) {
		return errkind.Errorf(ErrUnsuitable, "--kind %s is not one of classes, labels, value, ordered", k)
	}
	return nil
}

// nameApart gives tasks of one name different ones.
func (f *file) nameApart() {
	met := map[string]int{}
	for _, d := range f.drafts {
		met[d.name]++
		if n := met[d.name]; n > 1 {
			d.name = fmt.Sprintf("%s-%d", d.name, n)
		}
	}
}

// summary says what was found, a line a task.
func (f *file) summary() []string {
	var lines []string
	for _, d := range f.drafts {
		lines = append(lines, fmt.Sprintf("%s: %s", d.name, d.inWords()))
	}
	return lines
}
