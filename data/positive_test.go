package data_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/datatest"
)

func TestPositiveClass(t *testing.T) {
	numbers := map[string]string{"f": "text,label\na,0\nb,1\nc,1\n"}
	words := map[string]string{"f": "text,label\na,no\nb,yes\nc,yes\n"}
	named := map[string]string{"f": "text,label\na,0\nb,1\nc,1\n", "names": "yes\nno\n"}
	for _, tc := range []struct {
		name     string
		files    map[string]string
		labels   config.Labels
		positive string
		names    string
		want     string
		because  string
	}{
		{"the higher number", numbers, config.Labels{{From: "0", To: "none"}, {From: "1", To: "empathy"}}, "", "", "empathy", "higher numeric label, 1"},
		{"the higher number, written first", numbers, config.Labels{{From: "1", To: "empathy"}, {From: "0", To: "none"}}, "", "", "empathy", "higher numeric label, 1"},
		{"a number with spaces", numbers, config.Labels{{From: " 1", To: "empathy"}, {From: "1", To: "empathy"}, {From: "0", To: "none"}}, "", "", "empathy", "higher numeric label"},
		{"negative numbers", numbers, config.Labels{{From: "1", To: "up"}, {From: "0", To: "down"}, {From: "-1", To: "down"}}, "", "", "up", "higher numeric label"},
		{"several numbers a class", numbers, config.Labels{{From: "0", To: "a"}, {From: "1", To: "b"}, {From: "2", To: "a"}}, "", "", "a", "higher numeric label, 2"},
		{"words beside the numbers", numbers, config.Labels{{From: "1", To: "yes"}, {From: "ja", To: "yes"}, {From: "0", To: "no"}}, "", "", "yes", "higher numeric label"},
		{"words alone", words, config.Labels{{From: "no", To: "no"}, {From: "yes", To: "yes"}}, "", "", "yes", "last class"},
		{"words alone, written the other way", words, config.Labels{{From: "yes", To: "yes"}, {From: "no", To: "no"}}, "", "", "no", "last class"},
		{"a number against a word", words, config.Labels{{From: "1", To: "yes"}, {From: "yes", To: "yes"}, {From: "no", To: "no"}}, "", "", "no", "last class"},
		{"words that stand for numbers of a file", named, config.Labels{{From: "yes", To: "yes"}, {From: "no", To: "no"}}, "", "names", "no", "higher numeric label, 1"},
		{"no number is one without end", words, config.Labels{{From: "inf", To: "yes"}, {From: "yes", To: "yes"}, {From: "0", To: "no"}, {From: "no", To: "no"}}, "", "", "no", "last class"},
		{"named", numbers, config.Labels{{From: "0", To: "none"}, {From: "1", To: "empathy"}}, "none", "", "none", "tasks.task.positive"},
		{"three classes", numbers, config.Labels{{From: "0", To: "none"}, {From: "1", To: "some"}, {From: "2", To: "much"}}, "", "", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := declared(config.CSV, "f")
			d.Labels, d.LabelNames = tc.labels, tc.names
			c, err := data.Load(t.Context(), write(t, tc.files), config.Task{Name: "task", Positive: tc.positive, Data: d})
			if err != nil {
				t.Fatal(err)
			}
			got, why := "", ""
			if p := c.Report.Positive; p != nil {
				got, why = p.Class, p.Why
			}
			if got != tc.want || !strings.Contains(why, tc.because) {
				t.Errorf("positive is %q (%s), want %q (%s)", got, why, tc.want, tc.because)
			}
		})
	}
}

func TestPositiveClassThatIsNone(t *testing.T) {
	for _, labels := range []config.Labels{
		{{From: "0", To: "none"}, {From: "1", To: "empathy"}},
		{{From: "0", To: "none"}, {From: "1", To: "some"}, {From: "2", To: "other"}},
	} {
		d := declared(config.CSV, "f")
		d.Labels = labels
		_, err := data.Load(t.Context(), write(t, map[string]string{"f": "text,label\na,0\nb,1\n"}), config.Task{Name: "task", Positive: "other", Data: d})
		if !errors.Is(err, data.ErrDeclaration) {
			t.Errorf("%v: got %v, want %v", labels, err, data.ErrDeclaration)
		}
	}
}

// The order in which a map of numbers is written changes neither the classes nor the split.
func TestOrderOfANumbersMapDecidesNothing(t *testing.T) {
	file := "text,label\n"
	for i := range 57 {
		file += "text " + strings.Repeat("x", i+1) + "," + string("012"[i%3]) + "\n"
	}
	d := declared(config.CSV, "f")
	d.Split = config.Split{Train: 0.8, Valid: 0.1, Test: 0.1, Seed: 3}
	d.Labels = config.Labels{{From: "0", To: "a"}, {From: "1", To: "b"}, {From: "2", To: "c"}}
	first := mustLoad(t, map[string]string{"f": file}, d)
	d.Labels = config.Labels{{From: "2", To: "c"}, {From: "0", To: "a"}, {From: "1", To: "b"}}
	again := mustLoad(t, map[string]string{"f": file}, d)
	if diff := cmp.Diff(first.Classes, again.Classes); diff != "" {
		t.Error(diff)
	}
	for part, both := range map[string][2]data.Part{
		"train": {first.Train, again.Train}, "valid": {first.Valid, again.Valid}, "test": {first.Test, again.Test},
	} {
		if diff := cmp.Diff(datatest.List(t, both[0]), datatest.List(t, both[1])); diff != "" {
			t.Errorf("%s: %s", part, diff)
		}
	}
}

func TestClassesWithoutRowsAreWarnedOf(t *testing.T) {
	for _, tc := range []struct {
		name, file string
		want       []string
		untaught   []string
	}{
		{"all there", "text,label\na,0\nb,1\nc,2\n", []string{}, nil},
		{
			"one nowhere", "text,label\na,0\nb,1\n",
			[]string{`class "other" has no rows in train (train 0 of 2, valid 0 of 0, test 0 of 0): the model cannot learn it`}, []string{"other"},
		},
		{
			"one class alone", "text,label\na,0\nb,0\n", []string{
				`class "yes" has no rows in train (train 0 of 2, valid 0 of 0, test 0 of 0): the model cannot learn it`,
				`class "other" has no rows in train (train 0 of 2, valid 0 of 0, test 0 of 0): the model cannot learn it`,
			}, []string{"yes", "other"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := declared(config.CSV, "f")
			d.Labels = config.Labels{{From: "0", To: "no"}, {From: "1", To: "yes"}, {From: "2", To: "other"}}
			d.Split = config.Split{Train: 1}
			c := mustLoad(t, map[string]string{"f": tc.file}, d)
			if diff := cmp.Diff(tc.want, c.Report.Warnings); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tc.untaught, c.Report.Untaught()); diff != "" {
				t.Error(diff)
			}
			for _, warning := range tc.want {
				if !strings.Contains(c.Report.String(), "warning    "+warning) {
					t.Errorf("the report does not say %q:\n%s", warning, &c.Report)
				}
			}
		})
	}
}
