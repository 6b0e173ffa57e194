package data_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/datatest"
)

func TestTrace(t *testing.T) {
	files := map[string]string{
		"train": "text,label\nsee https://a.org,0\n  hello @you ,1\nsee https://b.org,0\nshort\nheld,1\ndropme,0\nlast,1\nmore,1\n",
		"test":  "text,label\nheld,0\nheld,0\n",
	}
	d := declared(config.CSV)
	d.Path, d.Train, d.Test = nil, config.Files{"train"}, config.Files{"test"}
	d.Clean.Drop = []string{"^dropme$"}
	d.Limit = 3
	task := config.Task{Name: "task", Data: d}
	corpus, trace, err := data.LoadTraced(context.Background(), write(t, files), task)
	if err != nil {
		t.Fatal(err)
	}
	checkSum(t, corpus)
	limited := ""
	var got []string
	for _, l := range trace.LeftOut {
		text := fmt.Sprintf("%s:%d %s: %s (class %d)", l.File, l.Line, l.Why, l.Detail, l.Class)
		if l.Why == data.WhyLimited { // which one, the draw says
			limited = text
			continue
		}
		got = append(got, text)
	}
	want := []string{
		"train:5 bad: 1 field instead of 2 (class -1)",
		`train:7 dropped: text matches "^dropme$" (class -1)`,
		"train:4 duplicate: the same as train:2 (class 0)",
		"train:6 overlap: its text is also in test:2 (class 1)",
	}
	if diff := cmp.Diff(want, got); diff != "" || limited == "" {
		t.Errorf("limited %q (-want +got):\n%s", limited, diff)
	}
	if n := len(trace.LeftOut); n != corpus.Report.Read-corpus.Train.Len()-corpus.Valid.Len()-corpus.Test.Len() {
		t.Errorf("%d rows are left out, and the report says %+v", n, corpus.Report)
	}
	want = []string{
		"train:2 [links replaced by <URL>] see <URL>",
		"train:3 [names replaced by <USER> white space removed at the ends] hello <USER>",
		"train:4 [links replaced by <URL>] see <URL>",
	}
	got = nil
	for _, c := range trace.Changed {
		got = append(got, fmt.Sprintf("%s:%d %v %s", c.File, c.Line, c.Steps, c.After))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if corpus.Test.Bare(1).Row != 9 || trace.Place(9) != "test:3" {
		t.Errorf("row 9 is at %q, the test part is %v", trace.Place(9), datatest.List(t, corpus.Test))
	}

	plain, err := data.Load(context.Background(), write(t, files), task)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(datatest.List(t, plain.Train), datatest.List(t, corpus.Train)); diff != "" {
		t.Errorf("tracing changes what is read:\n%s", diff)
	}
}
