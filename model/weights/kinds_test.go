package weights

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"ringmaster/config"
)

// What transformers calls problem_type is a head's kind, when such a folder is read and when one is written.
func TestProblemTypeIsTheHeadsKind(t *testing.T) {
	for _, c := range []struct {
		kind    config.Kind
		written string
		read    config.Kind
		classes []string
	}{
		{"", singleLabel, "", []string{"a", "b"}},
		{config.KindLabels, multiLabel, config.KindLabels, []string{"a", "b"}},
		{config.KindValue, regression, config.KindValue, []string{"rating"}},
		{config.KindOrdered, singleLabel, "", []string{"low", "high"}},
	} {
		if got := problemType(c.kind); got != c.written {
			t.Errorf("%q is written as %s, want %s", c.kind, got, c.written)
		}
		if got, known := kindOfClassifier(c.written, int64(len(c.classes))); got != c.read || !known {
			t.Errorf("%s is read as %q, %v", c.written, got, known)
		}
		if problem := listProblem([]headName{{Task: "t", Kind: c.kind, Classes: c.classes, Target: true}}); problem != "" {
			t.Errorf("%q: %s", c.kind, problem)
		}
	}
	if got, known := kindOfClassifier("", 1); !got.Is(config.KindValue) || !known {
		t.Error("one output without a problem_type is not a value")
	}
	if _, known := kindOfClassifier(regression, 2); known {
		t.Error("two values at once are taken")
	}
	for _, h := range []headName{{Kind: config.KindValue, Classes: []string{"a", "b", "c"}}, {Kind: "ranking", Classes: []string{"a", "b"}}, {Classes: []string{"a"}}} {
		h.Task, h.Target = "t", true
		if listProblem([]headName{h}) == "" {
			t.Errorf("%+v is no head", h)
		}
	}
}

// A folder that another program wrote for several labels is a teacher of such a task, and of no other.
func TestATeacherIsOfTheTasksKind(t *testing.T) {
	dir := copyFolder(t, "classifier-f32")
	editConfig(t, dir, func(c map[string]any) { c["problem_type"] = multiLabel })
	f := open(t, dir)
	classes := []string{"none", "empathy", "unsure"}
	if _, err := f.CheckTeacher("t", config.KindLabels, classes); err != nil {
		t.Error(err)
	}
	_, err := f.CheckTeacher("t", "", classes)
	if !errors.Is(err, ErrTeacher) || !strings.Contains(err.Error(), "of kind labels, but the task is of kind classes") {
		t.Error(err)
	}
	if _, why, ok := f.HeadFor("t", config.KindOrdered, classes); ok || !strings.Contains(why, "it is of kind labels") {
		t.Errorf("%v: %s (%s)", ok, why, filepath.Base(dir))
	}
	plain := open(t, copyFolder(t, "classifier-f32"))
	if _, err := plain.CheckTeacher("t", config.KindOrdered, classes); err != nil {
		t.Errorf("classes are no teacher of ordered ones: %v", err)
	}
}
