package e2e

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/data"
	"ringmaster/model/weights"
	"ringmaster/model/weights/tinybert"
	"ringmaster/run/directory"
)

// finished is the run that tests share: run.yaml as it stands. Nobody changes its desk.
var finished struct {
	once   sync.Once
	desk   *desk
	record *record
}

func finishedRun(t *testing.T) (*desk, *record) {
	t.Helper()
	needPrograms(t)
	finished.once.Do(func() {
		finished.desk = deskIn(t, filepath.Join(shared, "finished"))
		finished.record = finished.desk.train(t, "first")
	})
	if finished.record == nil {
		t.Fatal("the run that this test reads has failed")
	}
	return finished.desk, finished.record
}

func TestAnAnnealedRunGoesThroughTeachersAndStudent(t *testing.T) {
	_, r := finishedRun(t)
	want := []string{"teacher/empathy", "teacher/sentiment", "teacher/emotion", "student"}
	if diff := cmp.Diff(want, r.stages()); diff != "" {
		t.Fatalf("stages with steps (-want +got):\n%s", diff)
	}
	generation := map[string]uint64{} // nobody comes or goes: one a stage
	for _, e := range r.events {
		if generation[e.Stage] == 0 {
			generation[e.Stage] = e.Generation
		}
		if e.World != 2 || e.Generation != generation[e.Stage] || e.Seconds <= 0 || e.RingSeconds < 0 || e.LR < 0 {
			t.Errorf("impossible event: %+v", e)
		}
		if strings.HasPrefix(e.Stage, "teacher/") && e.Lambda != 1 {
			t.Errorf("%s step %d learns from gold with λ = %v, want 1", e.Stage, e.Step, e.Lambda)
		}
		if len(e.Loss) != len(e.Examples) {
			t.Errorf("%s step %d: losses %v, examples %v", e.Stage, e.Step, e.Loss, e.Examples)
		}
		for task, loss := range e.Loss {
			if !(loss > 0) || math.IsInf(loss, 0) {
				t.Errorf("%s step %d: loss of %s is %v", e.Stage, e.Step, task, loss)
			}
		}
	}
}

func TestLambdaRisesFromExactlyZeroToExactlyOneOverTheStudent(t *testing.T) {
	_, r := finishedRun(t)
	student, _ := r.stage("student")
	steps := (2*(48+48+40) + 7) / 8
	if len(student) != steps {
		t.Fatalf("the student has %d steps, want %d", len(student), steps)
	}
	for i, e := range student {
		if e.Step != i || e.Total != steps {
			t.Fatalf("line %d is step %d of %d", i, e.Step, e.Total)
		}
		if want := float64(i) / float64(steps-1); math.Abs(e.Lambda-want) > 1e-15 {
			t.Errorf("λ of step %d is %v, want %v", i, e.Lambda, want)
		}
	}
	if first, last := student[0].Lambda, student[steps-1].Lambda; first != 0 || last != 1 {
		t.Errorf("λ goes from %v to %v, want exactly 0 and 1", first, last)
	}
}

func TestEveryExampleCountsOnceAnEpochByTheLedger(t *testing.T) {
	_, r := finishedRun(t)
	rows := r.trainingRows(t)
	for task, want := range trainRows {
		if len(rows[task]) != want {
			t.Fatalf("%s has %d training rows, want %d", task, len(rows[task]), want)
		}
	}
	for _, task := range taskNames {
		r.checkLedger(t, "teacher/"+task, map[string][]int{task: rows[task]})
	}
	r.checkLedger(t, "student", rows)
	for stage, want := range map[string]int{"teacher/empathy": 96, "teacher/emotion": 80, "student": 272} {
		_, ledger := r.stage(stage)
		dealt := 0
		for _, l := range ledger {
			dealt += len(batch(l))
		}
		if dealt != want {
			t.Errorf("%s dealt %d examples, want 2 epochs: %d", stage, dealt, want)
		}
	}
}

func TestMetricsHoldEveryTasksValidAndTestScores(t *testing.T) {
	_, r := finishedRun(t)
	// Read without the product's types, as another program would.
	var metrics map[string]map[string]map[string]any
	if err := json.Unmarshal([]byte(readFile(t, r.Metrics())), &metrics); err != nil {
		t.Fatal(err)
	}
	if len(metrics) != 3 {
		t.Fatalf("%d tasks, want 3", len(metrics))
	}
	// A task of two classes counts its positive rows, another all.
	support := map[string]float64{"empathy/valid": 3, "empathy/test": 3, "sentiment/valid": 5, "sentiment/test": 6, "emotion/valid": 9, "emotion/test": 9}
	for _, task := range taskNames {
		for _, part := range []string{"valid", "test"} {
			scores := metrics[task][part]
			for _, name := range []string{"precision", "recall", "f1", "accuracy"} {
				if v, ok := scores[name].(float64); !ok || v < 0 || v > 1 {
					t.Errorf("%s %s %s is %v, want a share", task, part, name, scores[name])
				}
			}
			if want := support[task+"/"+part]; scores["support"] != want {
				t.Errorf("%s %s has support %v, want %v", task, part, scores["support"], want)
			}
		}
	}
}

func TestTheRunDirectoryIsWhole(t *testing.T) {
	_, r := finishedRun(t)
	logits, err := filepath.Glob(filepath.Join(r.Teachers(), "*.logits"))
	if err != nil || len(logits) != 3 {
		t.Errorf("teachers/ has %d files of logits, want one a task: %v", len(logits), err)
	}
	list, err := directory.OpenCheckpoints(r.Checkpoints()).List()
	student, _ := r.stage("student")
	if err != nil || len(list) != 1 || list[0].Step != len(student) {
		t.Fatalf("checkpoints are %v (%v), want step-%d", list, err, len(student))
	}
	if err := list[0].Verify(); err != nil {
		t.Error(err)
	}
	for _, dir := range []string{r.Model(), list[0].Dir} {
		folder, err := weights.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		heads, err := folder.Heads()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, h := range heads {
			got = append(got, fmt.Sprintf("%s %v %v", h.Task, h.Classes, h.Target))
		}
		want := []string{"empathy [none empathy] true", "sentiment [negative positive] false", "emotion [joy fear anger] false"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("heads of %s (-want +got):\n%s", dir, diff)
		}
		if readFile(t, filepath.Join(dir, "vocab.txt")) != strings.Join(tinybert.Vocabulary(), "\n")+"\n" {
			t.Errorf("%s has another vocabulary", dir)
		}
	}
	entries, err := os.ReadDir(string(r.Layout))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			t.Errorf("%s is left in the run directory", e.Name())
		}
	}
}

func TestASecondRunTakesTeachersAndLogitsAndRepeatsEveryLoss(t *testing.T) {
	d, first := finishedRun(t)
	second := d.train(t, "second")
	if diff := cmp.Diff([]string{"student"}, second.stages()); diff != "" {
		t.Errorf("stages with steps (-want +got):\n%s", diff)
	}
	for _, task := range taskNames {
		computes(t, second, task, 0, trainRows[task])
		if !strings.Contains(second.said, "teacher of "+task+": taken from ") {
			t.Errorf("the output does not say that the teacher of %s was taken:\n%s", task, second.said)
		}
	}
	if strings.Contains(second.said, "logits/") {
		t.Errorf("the output shows a stage of logits:\n%s", second.said)
	}
	was, _ := first.stage("student")
	is, _ := second.stage("student")
	for i := range was {
		if diff := cmp.Diff(was[i].Loss, is[i].Loss); diff != "" {
			t.Fatalf("step %d has other losses than in the first run (-first +second):\n%s", i, diff)
		}
	}
}

// computes checks what the run said of a teacher's logits.
func computes(t *testing.T, r *record, task string, missing, all int) {
	t.Helper()
	want := fmt.Sprintf("teacher of %s: %d of %d training rows have logits already, %d to compute", task, all-missing, all, missing)
	if !strings.Contains(r.said, want) {
		t.Errorf("the output lacks %q:\n%s", want, r.said)
	}
	if want := fmt.Sprintf("teacher of %s: accuracy ", task); !strings.Contains(r.said, want) {
		t.Errorf("the output lacks %q:\n%s", want, r.said)
	}
}

// teachersOf are the folders that a desk's runs share, by task, as --set arguments for
// the same run on any desk.
func teachersOf(t *testing.T, d *desk) (args []string, folders map[string]string) {
	t.Helper()
	folders = map[string]string{}
	for _, task := range taskNames {
		found, err := filepath.Glob(d.at("runs", "teachers", task+"-*"))
		if err != nil || len(found) != 1 {
			t.Fatalf("teachers of %s: %v, %v", task, found, err)
		}
		folders[task] = found[0]
		args = append(args, "--set", "tasks."+task+".teacher.path="+found[0])
	}
	return args, folders
}

func TestAChangedRowHasItsLogitsComputedAlone(t *testing.T) {
	first, _ := finishedRun(t)
	teachers, folders := teachersOf(t, first)
	d := newDesk(t)
	few := append(teachers, "--set", "train.steps=2", "--set", "method=kd")
	d.train(t, "before", few...)

	lines := strings.Split(readFile(t, d.at("sentiment-train.tsv")), "\n")
	lines[7] = "never heard an awful plot so loved.\t" + strings.Split(lines[7], "\t")[1]
	writeFile(t, d.at("sentiment-train.tsv"), strings.Join(lines, "\n"))
	after := d.train(t, "after", few...)
	computes(t, after, "empathy", 0, 48)
	computes(t, after, "sentiment", 1, 48)
	computes(t, after, "emotion", 0, 40)

	moved := d.at("other-teacher")
	nudgeOneWeight(t, folders["emotion"], moved)
	again := d.train(t, "again", append(few, "--set", "tasks.emotion.teacher.path="+moved)...)
	computes(t, again, "sentiment", 0, 48)
	computes(t, again, "emotion", 40, 40)
}

// nudgeOneWeight copies a model folder with one number changed in its last bits.
func nudgeOneWeight(t *testing.T, from, to string) {
	t.Helper()
	folder, err := weights.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := folder.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	heads, err := folder.Heads()
	if err != nil {
		t.Fatal(err)
	}
	spec := weights.WriteSpec{Config: folder.Config, Heads: heads, Tokenizer: from}
	for _, tensor := range loaded {
		spec.Tensors = append(spec.Tensors, tensor)
	}
	at := slices.IndexFunc(spec.Tensors, func(x weights.Tensor) bool { return x.Name == "bert.pooler.dense.bias" })
	spec.Tensors[at].Data[0] = math.Nextafter32(spec.Tensors[at].Data[0], 1)
	if err := weights.Write(to, spec); err != nil {
		t.Fatal(err)
	}
	recipe, err := data.ReadRecipe(from) // what its tokenizer repeats of the cleaning
	if err != nil {
		t.Fatal(err)
	}
	if err := recipe.Write(to); err != nil {
		t.Fatal(err)
	}
}
