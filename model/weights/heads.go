package weights

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"ringmaster/config"
	"ringmaster/errkind"
)

// Head is a linear head on an encoder's features of a text (for BERT, the
// pooler's output): logits = Weight·features + Bias.
type Head struct {
	Task    string      // empty for a head that another program wrote
	Kind    config.Kind // what the outputs mean; empty is one class a text
	Classes []string    // output i is row i: a class, a label, or a value's name
	Weight  Tensor      // [classes, features]
	Bias    Tensor      // [classes]
	Target  bool        // the head transformers loads
}

// The files that hold all tasks' heads beside the target's.
const (
	headsFile        = "heads.json"
	headsTensorsFile = "heads.safetensors"
)

// headList is heads.json.
type headList struct {
	Heads []headName `json:"heads"`
}

type headName struct {
	Task    string      `json:"task"`
	Kind    config.Kind `json:"kind,omitempty"`
	Classes []string    `json:"classes"`
	Target  bool        `json:"target"`
}

// headEntry is a head of a folder, not loaded.
type headEntry struct {
	headName
	weight, bias entry
}

// tensor is what the file calls a part of the head.
func (h headEntry) tensor(part string) string {
	if h.Task == "" {
		return classifierDense + "." + part
	}
	return headTensor(h.Task, part)
}

// Heads reads the folder's heads, in the order of heads.json; a folder without that file has the
// one classifier of BertForSequenceClassification, marked as target. ErrNoHeads when there is none.
func (f *Folder) Heads() ([]Head, error) {
	if len(f.heads) == 0 {
		return nil, errkind.Errorf(ErrNoHeads, "model folder %s has no classification head: %s", f.Dir, f.noHeads)
	}
	files := f.files()
	defer files.close()
	ctx := context.Background() // heads are a few KB
	heads := make([]Head, len(f.heads))
	for i, h := range f.heads {
		weight, err := files.read(ctx, h.tensor("weight"), h.weight)
		if err != nil {
			return nil, err
		}
		bias, err := files.read(ctx, h.tensor("bias"), h.bias)
		if err != nil {
			return nil, err
		}
		heads[i] = Head{Task: h.Task, Kind: h.Kind, Classes: slices.Clone(h.Classes), Weight: weight, Bias: bias, Target: h.Target}
	}
	return heads, f.checkTarget(ctx, &files)
}

// findHeads fills f.heads. Problems are lines for the tensor check; an error is a file that
// cannot be read at all.
func (f *Folder) findHeads(classifier map[string]entry) (problems []string, err error) {
	text, err := readFile(f.Dir, headsFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return f.findClassifier(classifier), nil
	case err != nil:
		return nil, err
	}
	var list headList
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, errkind.Errorf(ErrCorrupt, "model folder %s: %s is not a list of heads: %w", f.Dir, headsFile, err)
	}
	stored, err := readSafetensorsHeader(f.Dir, headsTensorsFile)
	if err != nil {
		return nil, err
	}
	if problem := listProblem(list.Heads); problem != "" {
		return []string{headsFile + ": " + problem}, nil
	}
	f.classifier = classifier
	for _, name := range list.Heads {
		head, lines := f.pairUp(name, stored, headTensor(name.Task, "weight"), headTensor(name.Task, "bias"))
		problems = append(problems, lines...)
		f.heads = append(f.heads, head)
	}
	return problems, nil
}

// headTensor is the name of a head's tensor in heads.safetensors.
func headTensor(task, part string) string { return task + "." + part }

// findClassifier takes the one head of a folder that another program wrote.
func (f *Folder) findClassifier(classifier map[string]entry) (problems []string) {
	bert, ok := f.Config.(BertConfig)
	if len(classifier) == 0 || !ok {
		f.noHeads = "it has only an encoder"
		return nil
	}
	sequence := bert.architecture().class + sequenceClass
	if a := bert.Architectures; len(a) > 0 && !slices.Contains(a, sequence) {
		f.noHeads = fmt.Sprintf("its classifier belongs to %s, want %s", a[0], sequence)
		return nil
	}
	if !f.HasPooler {
		f.noHeads = "its classifier has no pooler, so it is not a sequence classifier"
		return nil
	}
	outputs := int64(0)
	if shape := classifier[classifierWeight].shape; len(shape) == 2 {
		outputs = shape[0]
	}
	kind, known := kindOfClassifier(bert.ProblemType, outputs)
	if !known {
		f.noHeads = fmt.Sprintf("its problem_type is %s with %d outputs, want single_label_classification, multi_label_classification, or regression with one output", bert.ProblemType, outputs)
		return nil
	}
	classes := bert.Classes()
	if classes == nil { // transformers' names for classes that nobody named
		for i := range min(outputs, maxClasses) {
			classes = append(classes, fmt.Sprintf("LABEL_%d", i))
		}
	}
	head, problems := f.pairUp(headName{Kind: kind, Classes: classes, Target: true}, classifier, classifierWeight, classifierBias)
	f.heads = []headEntry{head}
	return problems
}

// maxClasses bounds the names that are made for unnamed classes.
const maxClasses = 10000

// pairUp finds a head's two tensors and checks them against its classes.
func (f *Folder) pairUp(name headName, stored map[string]entry, weight, bias string) (headEntry, []string) {
	head := headEntry{headName: name}
	classes, hidden := int64(len(name.Classes)), int64(f.Config.Sizes().Features)
	var problems []string
	for _, part := range []struct {
		want want
		into *entry
	}{
		{want{weight, []int64{classes, hidden}}, &head.weight},
		{want{bias, []int64{classes}}, &head.bias},
	} {
		e, ok := stored[part.want.name]
		if !ok {
			problems = append(problems, fmt.Sprintf("tensor %s is missing", f.Config.shown(part.want.name)))
			continue
		}
		*part.into = e
		for _, line := range e.problems(want{f.Config.shown(part.want.name), part.want.shape}) {
			problems = append(problems, fmt.Sprintf("%s (%d classes)", line, classes))
		}
	}
	return head, problems
}

// listProblem says what is wrong with a list of heads: each needs a task of its own and distinct
// classes, and exactly one is the target.
func listProblem(heads []headName) string {
	tasks := map[string]bool{}
	targets := 0
	for _, h := range heads {
		if h.Task == "" || tasks[h.Task] {
			return fmt.Sprintf("task %q is empty or appears twice", h.Task)
		}
		tasks[h.Task] = true
		if h.Target {
			targets++
		}
		classes := map[string]bool{}
		for _, c := range h.Classes {
			if classes[c] {
				return fmt.Sprintf("task %s has the class %q twice", h.Task, c)
			}
			classes[c] = true
		}
		if h.Kind != "" && !slices.Contains(config.Kinds(), h.Kind) {
			return fmt.Sprintf("task %s is of the unknown kind %q: it was written by a newer release", h.Task, h.Kind)
		}
		if h.Kind.Is(config.KindValue) {
			if n := len(classes); n < 1 || n > 2 {
				return fmt.Sprintf("task %s, of kind value, has %d outputs, want a value, or a value and the logarithm of its variance", h.Task, n)
			}
			continue
		}
		if len(classes) < 2 {
			return fmt.Sprintf("task %s has %d classes, want at least 2", h.Task, len(classes))
		}
	}
	if targets != 1 {
		return fmt.Sprintf("%d tasks are marked as target, want exactly one", targets)
	}
	return ""
}
