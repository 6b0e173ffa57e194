package protocol

import (
	"encoding/json"
	"errors"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

// A message of a few megabytes takes no gigabytes: what would is refused before it is decoded.
func TestAShortMessageTakesLittleMemory(t *testing.T) {
	for _, text := range []string{
		`{"ring_ready":{"pending":[` + strings.Repeat("{},", 2<<20) + `{}]}}`,
		`{"chunk_done":{"logits":[` + strings.Repeat("[],", 2<<20) + `[]]}}`,
		`{"saved":{"folder":{"files":[` + strings.Repeat("{},", 2<<20) + `{}]}}}`,
		strings.Repeat("[", 6<<20),
	} {
		message := []byte(text)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		var r Report
		err := Decode(message, &r)
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; !errors.Is(err, ErrPayload) || took > 1<<20 {
			t.Errorf("%.40s…: %v, %d bytes were allocated", text, err, took)
		}
	}
}

func TestAReportIsOfOneKind(t *testing.T) {
	fields := 0
	for i := range reflect.TypeFor[Report]().NumField() {
		field := reflect.TypeFor[Report]().Field(i)
		if field.Type.Kind() != reflect.Pointer {
			continue
		}
		fields++
		var r Report
		reflect.ValueOf(&r).Elem().Field(i).Set(reflect.New(field.Type.Elem()))
		if r.Kinds() != 1 {
			t.Errorf("a report with %s alone has %d kinds", field.Name, r.Kinds())
		}
	}
	var none Report
	if fields != 11 || none.Kinds() != 0 {
		t.Errorf("%d kinds of report, and %d in an empty one", fields, none.Kinds())
	}
}

// Whatever a worker sends is refused or is a report that can be sent again.
func FuzzDecode(f *testing.F) {
	rank := 1
	for _, r := range []Report{
		{Session: "s", StepDone: &StepDone{Generation: 2, Step: 7, LossSum: []float64{1}, Counts: []int{4}, World: 1, ActiveRanks: []int{0}}},
		{RingReady: &RingReady{Generation: 3, Held: &Held{Applied: 4, AppliedGeneration: 2}, Pending: []StepDone{{Step: 3}}}},
		{InferenceDone: &InferenceDone{Logits: [][]float32{{1, 2}, nil}, NotFinite: []int{1}}},
		{Broken: &Broken{Reason: "\x1b[31m", Rank: &rank}},
		{Part: &Part{Message: 1, Of: 10, Offset: 3, Text: []byte("abc")}},
	} {
		text, err := json.Marshal(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"step_done":{"step":1e400,"counts":null}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, message := range []any{new(Report), new(Hello), new(Poll)} {
			if Decode(text, message) != nil {
				continue
			}
			if _, err := json.Marshal(message); err != nil {
				t.Errorf("%T is decoded and cannot be encoded: %v", message, err)
			}
		}
		a := Assembly{Bound: 1 << 10}
		var r Report
		if Decode(text, &r) == nil && r.Part != nil {
			whole, err := a.Add(r.Part)
			if len(whole) > a.Bound || err != nil && !errors.Is(err, ErrPayload) {
				t.Errorf("a part makes %d bytes, %v", len(whole), err)
			}
		}
	})
}
