package transfer

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"testing"
)

// A question gets at most what it asks for and what there is room for; one that makes no sense
// is refused, and takes nobody down.
func TestAnswers(t *testing.T) {
	o := &offers{names: map[string]*offer{"it": {parts: []io.ReaderAt{bytes.NewReader([]byte("0123456789"))}}}}
	room := make([]byte, 6)
	for want, q := range map[string]question{
		"234":    {Name: "it", Offset: 2, Length: 3},
		"012345": {Name: "it", Length: 100},
		"89":     {Name: "it", Offset: 8, Length: 6},
		"":       {Name: "it", Offset: 10, Length: 6},
	} {
		if got, err := o.answer(encoded(t, q), room); err != nil || string(got) != want {
			t.Errorf("%+v: %q, %v; want %q", q, got, err, want)
		}
	}
	for _, q := range []question{
		{Name: "it", Part: 1, Length: 1}, {Name: "it", Part: -1}, {Name: "it", Part: -2, Length: 1},
		{Name: "it", Length: -1}, {Name: "it", Offset: -1, Length: 1},
	} {
		if got, err := o.answer(encoded(t, q), room); err == nil || errors.Is(err, errAbsent) {
			t.Errorf("%+v: %q, %v", q, got, err)
		}
	}
	if _, err := o.answer(encoded(t, question{Name: "that"}), room); !errors.Is(err, errAbsent) {
		t.Errorf("of another name: %v", err)
	}
	if _, err := o.answer([]byte("{"), room); err == nil {
		t.Error("half a question was answered")
	}
}

func encoded(t *testing.T, q question) []byte {
	t.Helper()
	text, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
