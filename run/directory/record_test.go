package directory_test

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ringmaster/run/directory"
)

var began = time.Date(2026, 3, 9, 7, 5, 2, 0, time.UTC)

// A run of a teacher and a student that went back once.
func story() []directory.Entry {
	score := 0.75
	return []directory.Entry{
		{Opened: &directory.Opened{Run: "sample", Started: began, Config: "c0ffee"}},
		{Generation: &directory.Generation{Number: 1, Members: []string{"a", "b"}, Why: "two joined"}},
		{StageBegun: &directory.StageBegun{Index: 0, Name: "teacher/empathy", Generation: 1}},
		{StageDone: &directory.StageDone{Index: 0, Name: "teacher/empathy"}},
		{StageBegun: &directory.StageBegun{Index: 1, Name: "student", Generation: 1}},
		{CheckpointKept: &directory.CheckpointKept{Stage: "student", Step: 40, Score: &score}},
		{Opened: &directory.Opened{Run: "sample", Started: began.Add(time.Hour), Config: "c0ffef"}},
		{Generation: &directory.Generation{Number: 2, Members: []string{"a"}, Why: "the coordinator was restarted"}},
		{RolledBack: &directory.RolledBack{Stage: "student", To: 40, Why: "nobody holds step 57"}},
		{StageBegun: &directory.StageBegun{Index: 1, Name: "student", Generation: 2, From: 40}},
		{Generation: &directory.Generation{Number: 7, Members: []string{"a", "ü \n"}, Why: ""}},
	}
}

func TestRecordTellsWhereTheRunStands(t *testing.T) {
	path := t.TempDir()
	d := create(t, path)
	for i, e := range story() {
		if err := d.Record(e); err != nil {
			t.Fatal(err)
		}
		r, torn, err := d.ReadRecord()
		if err != nil || torn {
			t.Fatal(torn, err)
		}
		if i == 3 && (r.Stage != nil || len(r.Done) != 1) {
			t.Errorf("between two stages: %+v", r)
		}
		if i == 8 && (r.Back == nil || r.Back.To != 40) {
			t.Errorf("going back: %+v", r)
		}
	}
	score := 0.75
	want := directory.Record{
		Run: "sample", Started: began, Config: "c0ffef", Opens: 2,
		Generation: 7, Members: map[uint64][]string{1: {"a", "b"}, 2: {"a"}, 7: {"a", "ü \n"}},
		Stage: &directory.StageBegun{Index: 1, Name: "student", Generation: 2, From: 40},
		Begun: map[string]directory.StageBegun{
			"teacher/empathy": {Index: 0, Name: "teacher/empathy", Generation: 1},
			"student":         {Index: 1, Name: "student", Generation: 2, From: 40},
		},
		Done: []directory.StageDone{{Index: 0, Name: "teacher/empathy"}},
		Kept: &directory.CheckpointKept{Stage: "student", Step: 40, Score: &score},
	}
	closeDir(t, d)
	again := resume(t, path)
	defer closeDir(t, again)
	got, _, err := again.ReadRecord()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestACheckpointThatIsTakenBackIsNotKept(t *testing.T) {
	d := create(t, t.TempDir())
	defer closeDir(t, d)
	for step, kept := range map[int]bool{39: false, 40: true} {
		if err := errors.Join(
			d.Record(directory.Entry{CheckpointKept: &directory.CheckpointKept{Stage: "student", Step: 40}}),
			d.Record(directory.Entry{RolledBack: &directory.RolledBack{Stage: "teacher/empathy", To: 0}}),
			d.Record(directory.Entry{RolledBack: &directory.RolledBack{Stage: "student", To: step}}),
		); err != nil {
			t.Fatal(err)
		}
		if r, _, err := d.ReadRecord(); err != nil || (r.Kept != nil) != kept {
			t.Errorf("back to %d: %+v %v", step, r.Kept, err)
		}
	}
}

func TestRecordRefusesWhatCannotFollow(t *testing.T) {
	path := t.TempDir()
	d := create(t, path)
	for _, e := range story() {
		if err := d.Record(e); err != nil {
			t.Fatal(err)
		}
	}
	closeDir(t, d)
	d = resume(t, path) // what it knows comes from the file
	defer closeDir(t, d)
	before := read(t, d.RecordLog())
	for name, e := range map[string]directory.Entry{
		"nothing":            {},
		"two things":         {StageDone: &directory.StageDone{}, RolledBack: &directory.RolledBack{}},
		"generation again":   {Generation: &directory.Generation{Number: 7}},
		"generation falling": {Generation: &directory.Generation{Number: 3}},
		"below step 0":       {RolledBack: &directory.RolledBack{Stage: "student", To: -1}},
	} {
		if err := d.Record(e); !errors.Is(err, directory.ErrEntry) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := read(t, d.RecordLog()); got != before {
		t.Errorf("a refused entry was written: %q", got[len(before):])
	}
	if err := d.Record(directory.Entry{Generation: &directory.Generation{Number: 8}}); err != nil {
		t.Error(err)
	}
}

func writeStory(t *testing.T) (d directory.Layout, whole []byte) {
	t.Helper()
	dir := create(t, t.TempDir())
	for _, e := range story() {
		if err := dir.Record(e); err != nil {
			t.Fatal(err)
		}
	}
	closeDir(t, dir)
	return dir.Layout, []byte(read(t, dir.RecordLog()))
}

// Cut at every byte: what was on the disk before the cut counts, and a resumed run goes on
// behind it.
func TestRecordCutAtEveryByte(t *testing.T) {
	l, whole := writeStory(t)
	states := []directory.Record{{}}
	for end, b := range whole {
		if b != '\n' {
			continue
		}
		write(t, l.RecordLog(), string(whole[:end+1]))
		r, torn, err := l.ReadRecord()
		if err != nil || torn {
			t.Fatal(torn, err)
		}
		states = append(states, r)
	}
	for cut := range whole {
		write(t, l.RecordLog(), string(whole[:cut]))
		lines := bytes.Count(whole[:cut], []byte{'\n'})
		r, torn, err := l.ReadRecord()
		if want := cut > 0 && whole[cut-1] != '\n'; err != nil || torn != want {
			t.Fatalf("cut at %d: torn %v, want %v; %v", cut, torn, want, err)
		}
		if diff := cmp.Diff(states[lines], r); diff != "" {
			t.Fatalf("cut at %d: %s", cut, diff)
		}
		if cut%17 != 0 { // resuming costs a few syncs
			continue
		}
		d := resume(t, string(l))
		if err := d.Record(directory.Entry{Generation: &directory.Generation{Number: 99}}); err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		closeDir(t, d)
		if r, torn, err := l.ReadRecord(); err != nil || torn || r.Generation != 99 || r.Opens != states[lines].Opens {
			t.Fatalf("cut at %d, then resumed: %+v %v %v", cut, r, torn, err)
		}
	}
}

// Flip every bit: it is always noticed, and the line is named. None is taken for torn,
// which would lose what somebody was told of.
func TestRecordWithAnyBitFlipped(t *testing.T) {
	l, whole := writeStory(t)
	put := inPlace(t, l.RecordLog())
	for i := range whole {
		for bit := range 8 {
			harmed := bytes.Clone(whole)
			harmed[i] ^= 1 << bit
			put(harmed)
			_, torn, err := l.ReadRecord()
			if torn || !errors.Is(err, directory.ErrDamaged) {
				t.Fatalf("bit %d of byte %d (%q): torn %v, %v", bit, i, whole[i], torn, err)
			}
			line := 1 + bytes.Count(whole[:i], []byte{'\n'})
			if want := "record.log, line " + strconv.Itoa(line); !strings.Contains(err.Error(), want+":") {
				t.Fatalf("bit %d of byte %d: %v does not name %s", bit, i, err, want)
			}
		}
	}
}

// Of a damaged record the lines that are whole stay, in their order; what it was stands aside.
func TestResumeKeepsTheWholeLinesOfARecord(t *testing.T) {
	l, whole := writeStory(t)
	lines := bytes.SplitAfter(whole, []byte{'\n'})
	lines = lines[:len(lines)-1]
	for i := range lines {
		harmed := slices.Clone(lines)
		harmed[i] = append([]byte("x"), harmed[i]...)
		text := bytes.Join(harmed, nil)
		write(t, l.RecordLog(), string(text))
		d := resume(t, string(l))
		closeDir(t, d)
		want := string(bytes.Join(slices.Delete(slices.Clone(lines), i, i+1), nil))
		if diff := cmp.Diff(want, read(t, l.RecordLog())); diff != "" {
			t.Fatalf("line %d: %s", i, diff)
		}
		aside := asides(t, l)
		if len(aside) != 1 || read(t, aside[0]) != string(text) || len(d.Mended()) != 1 || !d.RecordLost() {
			t.Fatalf("line %d: aside %v, said %q", i, aside, d.Mended())
		}
		if err := os.Remove(aside[0]); err != nil {
			t.Fatal(err)
		}
	}
}

// Bytes that are lost, doubled, swapped or put in anywhere but at the end are noticed too.
func TestRecordMangled(t *testing.T) {
	l, whole := writeStory(t)
	write := inPlace(t, l.RecordLog())
	rapid.Check(t, func(rt *rapid.T) {
		from := rapid.IntRange(0, len(whole)-2).Draw(rt, "from")
		to := rapid.IntRange(from, min(len(whole)-1, from+300)).Draw(rt, "to")
		put := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(rt, "put")
		harmed := bytes.Join([][]byte{whole[:from], put, whole[to:]}, nil)
		if bytes.Equal(harmed, whole) || removesLines(whole, harmed) {
			return
		}
		write(harmed)
		if _, torn, err := l.ReadRecord(); torn || !errors.Is(err, directory.ErrDamaged) {
			rt.Fatalf("torn %v, %v", torn, err)
		}
	})
}

// removesLines says that what is left are whole lines of the record, in their order: that
// some are missing is nothing that checksums of lines can show.
func removesLines(whole, left []byte) bool {
	lines := bytes.SplitAfter(whole, []byte{'\n'})
	for line := range bytes.Lines(left) {
		at := slices.IndexFunc(lines, func(l []byte) bool { return bytes.Equal(l, line) })
		if at < 0 {
			return false
		}
		lines = lines[at+1:]
	}
	return true
}

// inPlace gives a way to write path anew that keeps it open, since closing a file that was
// emptied brings it to the disk, which takes time.
func inPlace(t testing.TB, path string) func(content []byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return func(content []byte) {
		if _, err := f.WriteAt(content, 0); err != nil {
			t.Fatal(err)
		}
		if err := f.Truncate(int64(len(content))); err != nil {
			t.Fatal(err)
		}
	}
}

// Whatever stands in the file, reading it ends in a state or an error.
func FuzzReadRecord(f *testing.F) {
	f.Add([]byte("00000000 {}\n"))
	f.Add([]byte("d4a7f0a2 {\"generation\":{\"number\":1}}\n"))
	l := directory.Layout(f.TempDir())
	write := inPlace(f, l.RecordLog())
	f.Fuzz(func(t *testing.T, raw []byte) {
		write(raw)
		_, torn, err := l.ReadRecord()
		if err != nil && !errors.Is(err, directory.ErrDamaged) {
			t.Error(err)
		}
		if torn && bytes.HasSuffix(raw, []byte{'\n'}) {
			t.Error("a whole line is taken for torn")
		}
	})
}

func TestControlIsForItsOwnerOnly(t *testing.T) {
	d := create(t, t.TempDir())
	defer closeDir(t, d)
	if _, err := d.ReadControl(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("none: %v", err)
	}
	want := directory.Control{Address: "127.0.0.1:4222", Seed: "secret"}
	if err := d.WriteControl(want); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(d.ControlFile())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := d.ReadControl(); err != nil || got != want || info.Mode().Perm() != 0o600 {
		t.Errorf("%+v with mode %v, %v", got, info.Mode(), err)
	}
	if err := errors.Join(d.RemoveControl(), d.RemoveControl()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(d.ControlFile()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
}

// A finished training that is reopened is the stage under way again, as it last began; one that is
// not done cannot be.
func TestRecordOfAReopenedRun(t *testing.T) {
	d := create(t, t.TempDir())
	defer closeDir(t, d)
	reopened := directory.Entry{Reopened: &directory.Reopened{Index: 0, Name: "student"}}
	if err := d.Record(reopened); !errors.Is(err, directory.ErrEntry) {
		t.Errorf("before it is done: %v", err)
	}
	for _, e := range []directory.Entry{
		{Generation: &directory.Generation{Number: 1}},
		{StageBegun: &directory.StageBegun{Index: 0, Name: "student", Generation: 1}},
		{StageDone: &directory.StageDone{Index: 0, Name: "student"}},
		{StageDone: &directory.StageDone{Index: 1, Name: "evaluate"}},
		reopened,
	} {
		if err := d.Record(e); err != nil {
			t.Fatal(err)
		}
	}
	r, _, err := d.ReadRecord()
	if err != nil || len(r.Done) != 0 || r.Stage == nil || r.Stage.Name != "student" || r.Stage.Generation != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}
