package config

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"ringmaster/shown"
)

// taskPaths are the keys' paths of all tasks.
func (r *Run) taskPaths() []string {
	names, paths := make([]string, len(r.Tasks)), make([]string, len(r.Tasks))
	for i, t := range r.Tasks {
		names[i] = t.Name
	}
	for i := range r.Tasks {
		paths[i] = taskPath(names, i)
	}
	return paths
}

func (r *Run) validateTasks(report reporter) {
	report.bad(len(r.Tasks) == 0, "tasks", "name at least one task: - {name: …, target: true, data: …}")
	paths := r.taskPaths()
	var seen []string
	target := -1
	for i, t := range r.Tasks {
		report.bad(t.Name == "", paths[i]+".name", "every task needs a name")
		report.bad(t.Name != "" && !taskName.MatchString(t.Name), paths[i]+".name",
			"%s: use lower-case letters, digits, _ and - only (it becomes part of file names)", shown.Quote(t.Name))
		report.bad(len(t.Name) > maxTaskName, paths[i]+".name", "it has %d characters, at most %d are allowed (it becomes part of file names)", len(t.Name), maxTaskName)
		report.bad(t.Name != "" && slices.Contains(seen, t.Name), paths[i]+".name", "another task is already named %s", t.Name)
		seen = append(seen, t.Name)
		if t.Target && target >= 0 {
			report.bad(true, paths[i]+".target", "%s is already the target: a run has exactly one", paths[target])
		} else if t.Target {
			target = i
		}
		report.bad(t.Kind != "" && !slices.Contains(Kinds(), t.Kind), paths[i]+".kind", "%s", oneOf(string(t.Kind), names(Kinds())...))
		t.validateWeights(report, paths[i]+".class_weights")
		t.validateSampling(report, paths[i]+".sampling")
		t.validateHeadBias(report, paths[i]+".head_bias")
		t.validateLoss(report, paths[i]+".loss")
		t.validatePositive(report, paths[i]+".positive")
		t.Teacher.validate(report, paths[i]+".teacher")
		t.Data.validate(report, paths[i]+".data", t.Kind, (t.Pretrain || r.Method == MaskedLM) && !t.Data.Labelled())
		report.bad(t.Target && t.Pretrain, paths[i]+".pretrain", "the target cannot be a pretraining corpus; to pretrain on its texts, declare them a second time under another name")
	}
	report.bad(len(r.Tasks) > 0 && target < 0 && r.Method != MaskedLM, "tasks", "no task is the target: set target: true on the task that the run is evaluated on")
}

func (t Task) validatePositive(report reporter, path string) {
	classes := t.Data.Labels.Classes()
	switch {
	case t.Positive == "":
	case !t.Kind.OneClass():
		report.bad(true, path, "a task of kind %s has no positive class: remove this key", t.Kind)
	case len(classes) == 0:
		report.bad(!t.Data.Labelled(), path, "the task has no labels, so it has no such class")
	case len(classes) != 2:
		report.bad(true, path, "only a task of two classes has a positive class, and labels has %d: F1 is then the mean over all classes", len(classes))
	case !slices.Contains(classes, t.Positive):
		report.bad(true, path, "labels has no class %q: it has %s and %s", t.Positive, classes[0], classes[1])
	}
}

// maxTaskName bounds a task's name: the names of teachers' folders and checkpoints hold it.
const maxTaskName = 64

func (t Teacher) validate(report reporter, path string) {
	report.bad(t.Epochs < 0, path+".epochs", "%v is below 0 (0 takes train.epochs)", t.Epochs)
	report.bad(t.Batch < 0, path+".batch", "%d is below 0 (0 takes train.batch)", t.Batch)
	report.bad(t.LR < 0, path+".lr", "%v is below 0 (0 takes train.lr)", t.LR)
	report.tooMuch(t.Epochs > maxEpochs, path+".epochs", t.Epochs, maxEpochs)
	report.tooMuch(t.Batch > maxBatch, path+".batch", t.Batch, maxBatch)
	given := len(t.Folders()) > 0 || t.Answers != ""
	report.bad(t.Count < 0, path+".count", "%d is below 0 (0 trains one teacher)", t.Count)
	report.tooMuch(t.Count > maxTeachers, path+".count", t.Count, maxTeachers)
	report.bad(t.Count > 0 && given, path+".count", "no teacher is trained where path, paths or answers name one: leave it out")
	report.bad(t.Unanswered != "" && t.Answers == "", path+".unanswered", "it needs answers: leave it out")
	report.bad(t.Unanswered != "" && t.Unanswered != UnansweredError && t.Unanswered != UnansweredGold, path+".unanswered", "%s",
		oneOf(string(t.Unanswered), string(UnansweredError), string(UnansweredGold)))
}

// maxTeachers is far more than an average gains from.
const maxTeachers = 64

// validate checks a declaration; textsOnly says that labels are not needed.
func (d *Data) validate(report reporter, path string, kind Kind, textsOnly bool) {
	d.validateFiles(report, path)
	d.validateFormat(report, path)
	if !d.Format.Plain() {
		report.bad(d.Text == "", path+".text", "name the column with the text")
	}
	d.validatePair(report, path+".text_pair")
	switch {
	case textsOnly:
	case kind.Is(KindValue):
		d.validateValue(report, path)
	default:
		d.validateLabels(report, path, kind)
	}
	d.Split.validate(report, path+".split", len(d.Path) > 0)
	d.validateGroup(report, path+".split.group")
	d.validatePart(report, path+".part")
	d.validateFolds(report, path+".split")
	d.Clean.validate(report, path+".clean")
	report.bad(d.Limit < 0, path+".limit", "%d is below 0 (0 keeps all rows)", d.Limit)
	report.bad(d.MaxBad < 0 || d.MaxBad > 1, path+".max_bad", "%v is not in [0, 1]: it is a share of the rows", d.MaxBad)
}

// part is one key of Data that lists files.
type part struct {
	name  string
	files Files
}

func (d *Data) parts() []part {
	return []part{{"path", d.Path}, {"train", d.Train}, {"valid", d.Valid}, {"test", d.Test}}
}

func (d *Data) validateFiles(report reporter, path string) {
	whole, divided := len(d.Path) > 0, len(d.Train)+len(d.Valid)+len(d.Test) > 0
	switch {
	case whole && divided:
		report.bad(true, path+".path", "give either path (files to split) or train, valid and test (files that are split already)")
	case divided && len(d.Train) == 0:
		report.bad(true, path+".train", "valid and test files need train files as well")
	case !whole && !divided:
		report.bad(true, path+".path", "name the files: path (files to split), or train, valid and test")
	}
	listed := map[string]string{}
	for _, p := range d.parts() {
		for i, file := range p.files {
			at := itemPath(path+"."+p.name, i)
			report.bad(file == "", at, "the file name is empty")
			before, twice := listed[file]
			report.bad(twice && file != "", at, "%s is already listed under %s: its rows would count twice", file, before)
			listed[file] = p.name
		}
	}
}

// itemPath is the place of one item of a list.
func itemPath(key string, i int) string { return fmt.Sprintf("%s[%d]", key, i) }

func (d *Data) validateFormat(report reporter, path string) {
	switch {
	case d.Format == "":
		report.bad(true, path+".format", "set csv, tsv, jsonl or parquet (or lines or paragraphs, for pretraining)")
	case !slices.Contains(Formats(), d.Format):
		report.bad(true, path+".format", "%s", oneOf(string(d.Format), names(Formats())...))
	}
	header := d.Header == nil || *d.Header
	if d.Format.Plain() {
		report.bad(d.Text != "", path+".text", "%s is plain text without columns: remove this key", d.Format)
		report.bad(d.Labelled(), path+".labels", "%s is plain text without labels", d.Format)
	}
	if slices.Contains(Formats(), d.Format) && !d.Format.Delimited() {
		report.bad(d.Delimiter != "", path+".delimiter", "%s files have none: remove this key", d.Format)
		report.bad(!header, path+".header", "%s files have none: remove this key", d.Format)
		report.bad(len(d.Columns) > 0, path+".columns", "%s files need no names of columns: remove this key", d.Format)
	} else {
		report.bad(d.Delimiter != "" && (utf8.RuneCountInString(d.Delimiter) != 1 || strings.ContainsAny(d.Delimiter, "\r\n\"\uFFFD")),
			path+".delimiter", `%s is not a single character that can separate fields (write a tab as "\t")`, shown.Quote(d.Delimiter))
		report.bad(!header && len(d.Columns) == 0, path+".columns", "files without a header need the names of their columns")
	}
	report.bad(!slices.Contains([]string{"", "error", "ignore"}, d.ExtraFields), path+".extra_fields", "%s", oneOf(d.ExtraFields, "error", "ignore"))
	if slices.Contains(Formats(), d.Format) && !d.Format.Delimited() {
		return
	}
	for i, column := range d.Columns {
		report.bad(slices.Index(d.Columns, column) < i, path+".columns", "%s is named twice", column)
	}
	d.validateColumn(report, path+".text", d.Text)
	d.validateColumn(report, path+".label", d.Label)
	for _, column := range d.LabelColumns {
		d.validateColumn(report, path+".label_columns", column)
	}
}

// validateColumn looks a column up in Columns, where they are declared.
func (d *Data) validateColumn(report reporter, key, column string) {
	if column == "" || len(d.Columns) == 0 || slices.Contains(d.Columns, column) {
		return
	}
	text := fmt.Sprintf("columns has no %s", column)
	if meant := suggest(column, d.Columns); meant != "" {
		text += fmt.Sprintf(": did you mean %s?", meant)
	}
	report(ErrValue, key, text)
}

// validateValue checks where a number is read from.
func (d *Data) validateValue(report reporter, path string) {
	report.bad(d.Label == "", path+".label", "name the column with the number")
	report.bad(d.Label != "" && d.Label == d.Text, path+".label", "%s is already the text's column", d.Label)
	const noLabels = "a task of kind value reads numbers from the column label, and has no labels: remove this key"
	report.bad(len(d.LabelColumns) > 0, path+".label_columns", noLabels)
	report.bad(d.LabelSeparator != "", path+".label_separator", noLabels)
	report.bad(d.LabelNames != "", path+".label_names", noLabels)
	report.bad(len(d.Labels) > 0, path+".labels", noLabels)
}

func (d *Data) validateLabels(report reporter, path string, kind Kind) {
	switch {
	case d.Label == "" && len(d.LabelColumns) == 0:
		report.bad(true, path+".label", "name the column with the label (or label_columns, one 0/1 column per label)")
	case d.Label != "" && len(d.LabelColumns) > 0:
		report.bad(true, path+".label_columns", "give either label or label_columns")
	}
	report.bad(d.Label != "" && d.Label == d.Text, path+".label", "%s is already the text's column", d.Label)
	if len(d.LabelColumns) > 0 {
		report.bad(d.LabelSeparator != "", path+".label_separator", "it splits the cells of label, and label_columns is used in its place: remove this key")
		report.bad(d.LabelNames != "", path+".label_names", "it names the numbers of label, and label_columns is used in its place: remove this key")
	}
	for i, column := range d.LabelColumns {
		report.bad(slices.Index(d.LabelColumns, column) < i, path+".label_columns", "%s is named twice", column)
		mapped := slices.ContainsFunc(d.Labels, func(p Pair) bool { return p.From == column })
		report.bad(len(d.Labels) > 0 && !mapped, path+".label_columns", "labels has no entry for %s (an empty class drops its rows)", column)
	}
	switch classes := d.Outputs(kind); len(classes) {
	case 0:
		report.bad(true, path+".labels", `map the labels to at least two classes: {"0": none, "1": empathy}`)
	case 1:
		report.bad(true, path+".labels", "there is only one class (%s): name at least two", classes[0])
	}
	report.bad(!slices.Contains([]string{"", "error", "drop"}, d.SeveralLabels), path+".several_labels", "%s", oneOf(d.SeveralLabels, "error", "drop"))
	report.bad(kind.Is(KindLabels) && d.SeveralLabels == "drop", path+".several_labels", "a row of a task of kind labels may have several labels, or none: remove this key")
}

func (s Split) validate(report reporter, path string, divides bool) {
	negative := false
	for _, share := range []struct {
		name  string
		value float64
	}{{"train", s.Train}, {"valid", s.Valid}, {"test", s.Test}} {
		report.bad(share.value < 0, path+"."+share.name, "%v is below 0", share.value)
		negative = negative || share.value < 0
	}
	sum := s.Train + s.Valid + s.Test
	report.bad(!negative && math.Abs(sum-1) > 1e-9, path,
		"train, valid and test must add up to 1: %v + %v + %v is %.6g", s.Train, s.Valid, s.Test, sum)
	report.bad(divides && s.Train == 0 && math.Abs(sum-1) <= 1e-9, path+".train", "no rows are left to train on")
}

// validateGroup checks the column that a split keeps together.
func (d *Data) validateGroup(report reporter, key string) {
	group := d.Split.Group
	if group == "" {
		return
	}
	report.bad(d.Split.Contained, key, "give either group or contained, not both")
	report.bad(d.Format.Plain(), key, "%s is plain text without columns: remove this key", d.Format)
	// Pairs are equal where both texts are, so that one text may be in pairs of several parts.
	report.bad(group == d.Text && d.TextPair == "", key, "%s is the text's column: rows of equal texts stay together anyway", group)
	report.bad(group == d.Label || slices.Contains(d.LabelColumns, group), key,
		"%s is a label column, so each part would have different classes; name a column such as the article or the author", group)
	if d.Format != JSONL && !d.Format.Plain() {
		d.validateColumn(report, key, group)
	}
}

// maxFolds bounds folds: each is a training.
const maxFolds = 1000

// validateFolds checks the folds of a cross-validation.
func (d *Data) validateFolds(report reporter, path string) {
	s := d.Split
	switch {
	case s.Folds == 0:
		report.bad(s.Fold != 0, path+".fold", "set folds as well: the number of folds that this is one of")
		return
	case s.Folds < 2 || s.Folds > maxFolds:
		report.bad(true, path+".folds", "%d is not from 2 to %d", s.Folds, maxFolds)
		return
	}
	report.bad(s.Fold < 1 || s.Fold > s.Folds, path+".fold", "%d is not from 1 to %d, the number of folds", s.Fold, s.Folds)
	report.bad(len(d.Test) > 0, path+".folds", "folds take the test rows from all rows in turn, but test lists files of test rows: remove one of the two")
	report.bad(d.Part != "", path+".folds", "folds divide the rows, and part says where each belongs: remove one of the two")
	report.bad(s.Train == 0, path+".train", "no rows are left to train on")
}

// validatePart checks the column that says which part a row belongs to.
func (d *Data) validatePart(report reporter, key string) {
	if d.Part == "" {
		return
	}
	report.bad(len(d.Path) == 0, key, "it divides the rows of path: remove this key where train, valid and test list the files")
	report.bad(d.Format.Plain(), key, "%s is plain text without columns: remove this key", d.Format)
	report.bad(d.Part == d.Text || d.Part == d.TextPair || d.Part == d.Label || slices.Contains(d.LabelColumns, d.Part), key, "%s is already the column of the text or label", d.Part)
	if d.Format.Delimited() {
		d.validateColumn(report, key, d.Part)
	}
}

func (c Clean) validate(report reporter, path string) {
	for i, expression := range c.Drop {
		_, err := regexp.Compile(expression)
		report.bad(err != nil, itemPath(path+".drop", i), "%v (RE2 syntax)", err)
	}
	for _, p := range c.Replace {
		report.bad(p.From == "", path+".replace", "an empty text cannot be replaced")
		report.bad(strings.Contains(p.To, "\x00"), path+".replace", "%s cannot be replaced by a zero byte, which no text has", shown.Quote(p.From))
	}
}
