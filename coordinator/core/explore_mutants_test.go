package core

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// mutants are ways to break the core that the exploration must see: in a file, a text that
// is there once, and what to put in its place.
var mutants = []struct{ name, file, old, new string }{
	{"an older state is accepted", "ring.go", "return state.Before(m.committed) || m.committed.AppliedGeneration", "return m.committed.AppliedGeneration"},
	{"a state beside the committed one is accepted", "ring.go", " || m.committed.AppliedGeneration < state.AppliedGeneration && state.AppliedGeneration < m.settled", ""},
	{"states are compared by steps only", "state.go", "return a.AppliedGeneration < b.AppliedGeneration", "return a.Applied < b.Applied"},
	{"one that fetches the state is active after any step", "train.go", "for w, r := range d.reports {\n\t\tif r.hash == hash &&", "for _, w := range t.ring {\n\t\tif r := d.reports[d.quorum[0]]; r.hash == hash &&"},
	{"batches of the lost stay with them", "infer.go", "if w == gone {", "if w == gone && false {"},
	{"everybody on the ring counts", "ring.go", "for _, w := range holders {\n\t\tt.active.add(w)", "for _, w := range t.ring {\n\t\tt.active.add(w)"},
	{"what a linking commits is not told", "ring.go", "for u := m.committed.Applied; u < best.Applied; u++ {", "for u := best.Applied; u < best.Applied; u++ {"},
	{"a step is committed on the first report", "train.go", "if _, reported := d.reports[w]; !reported {\n\t\t\treturn false", "if _, reported := d.reports[w]; reported {\n\t\t\treturn true"},
	{"reports of any generation count", "train.go", "if d.generation != e.Generation {\n\t\treturn nil", "if false {\n\t\treturn nil"},
	{"the committed state is of the newest generation", "train.go", "m.committed, m.settled = StateID{step + 1, d.generation}, m.generation", "m.committed, m.settled = StateID{step + 1, m.generation}, m.generation"},
	{"links of an older ring count", "ring.go", "m.phase != linking || e.Generation != m.generation ||", "m.phase != linking ||"},
	{"a loss voids nothing", "ring.go", "t.dealt, t.dealtTo = nil, m.committed.Applied", ""},
	{"nobody waits for the links of all", "ring.go", "if len(t.answered) < len(t.ring) {", "if len(t.answered) < 1 {"},
	{"dealing begins where it was", "ring.go", "t.dealt, t.dealtTo, t.hashes = nil, best.Applied, nil", "t.dealt, t.hashes = nil, nil"},
	{"a lost worker is not replaced in the ring", "members.go", "return append(out, m.reform(true)...)\n\t\t}\n\t\tout = append(out, m.clearSuspicion", "return out\n\t\t}\n\t\tout = append(out, m.clearSuspicion"},
	{"a name keeps what it held", "members.go", "\tm.train.active.remove(w)\n", ""},
	{"one that fetched the state saves too early", "save.go", " && m.train.applied[w] == m.committed.Applied", ""},
	{"nobody saves in another's place", "save.go", "if m.train.saver != gone && (", "if true || ("},
	{"a stage goes back at once", "ring.go", "if m.missing() { // somebody", "if false { // somebody"},
	{"who leaves hands nothing over", "leave.go", "heir = heir || !known.asked && !known.spare", "heir = false"},
	{"a new attempt keeps the old generation", "stage.go", "m.beginGeneration = m.next()", "m.beginGeneration = max(m.beginGeneration, 1)\n\t\tm.generation = max(m.generation, 1)"},
	{"a restart forgets the numbers", "machine.go", "m.stage, m.generation, m.beginGeneration = from.Stage, from.Generation, from.BeginGeneration", "m.stage, m.generation, m.beginGeneration = from.Stage, from.BeginGeneration, from.BeginGeneration"},
	{"suspicion outlives its ring", "ring.go", "if t.broken < m.generation {", "if false {"},
	{"steps are dealt beyond a gate", "gate.go", "return min((at+m.gateEvery-1)/m.gateEvery*m.gateEvery, m.units)", "return min((at+m.gateEvery)/m.gateEvery*m.gateEvery, m.units)"},
	{"a gate is asked for once only", "gate.go", "m.askedIn == m.generation {", "m.askedIn != 0 {"},
	{"a batch counts for whoever brings it", "infer.go", "e.Generation != m.beginGeneration || m.infer.holder[e.Unit] != e.Worker", "e.Generation != m.beginGeneration"},
}

func TestMutantsAreOfThisCode(t *testing.T) {
	for _, m := range mutants {
		text, err := os.ReadFile(m.file)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), m.old); n != 1 {
			t.Errorf("%s: %q is in %s %d times, not once", m.name, m.old, m.file, n)
		}
	}
}

// TestExplorationSeesMutants breaks the core in one way after another, in copies, and wants
// the exploration to fail each time. It compiles each: EXPLORE=mutants asks for it.
func TestExplorationSeesMutants(t *testing.T) {
	if os.Getenv("EXPLORE") != "mutants" {
		t.Skip("EXPLORE=mutants breaks the core in many ways and has the exploration look at each")
	}
	for _, m := range mutants {
		t.Run(strings.ReplaceAll(m.name, " ", "_"), func(t *testing.T) {
			out, err := exploreMutant(t, m.file, m.old, m.new)
			if err == nil {
				t.Errorf("the exploration does not see that %s", m.name)
			} else if !strings.Contains(out, "=>") {
				t.Errorf("it does not run: %s", out)
			} else {
				at := strings.Index(out, "=>")
				t.Log(strings.SplitN(out[at:], "\n", 2)[0])
			}
		})
	}
}

// exploreMutant runs the exploration on the package with one text in a file changed.
func exploreMutant(t *testing.T, file, before, after string) (string, error) {
	here, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(here)
	if err != nil {
		t.Fatal(err)
	}
	changed := filepath.Join(t.TempDir(), file)
	if err := os.WriteFile(changed, []byte(strings.Replace(string(text), before, after, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {here: changed}})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(t.TempDir(), "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "test", "-vet=off", "-failfast", "-overlay", list, "-run", "TestExploration$", ".")
	cmd.Env = append(os.Environ(), "EXPLORE=")
	out, err := cmd.CombinedOutput()
	return string(out), err
}
