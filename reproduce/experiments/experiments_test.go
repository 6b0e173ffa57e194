package experiments_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/config"
	"ringmaster/reproduce/experiments"
)

const runFile = `model: {base: ./model}
method: mt
tasks:
  - name: sentiment
    data: {path: rows.csv, format: csv, text: content, label: label, labels: {bad: negative, good: positive}}
  - name: empathy
    target: true
    teacher: {lr: 3e-4}
    data: {path: rows.csv, format: csv, text: content, label: label, labels: {none: none, seeking: empathy, providing: empathy}, split: {train: 0.5, valid: 0.25, test: 0.25, seed: 9}}
  - name: emotion
    data: {path: rows.csv, format: csv, text: content, label: label, labels: {joy: joy, fear: fear, anger: anger}}
train: {epochs: 3, batch: 32, lr: 2e-5, seed: 4}
`

// base writes a run file and gives its loader.
func base(t *testing.T, text string) experiments.Load {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{"run.yaml": text, "rows.csv": "label,content\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "model"), 0o700); err != nil {
		t.Fatal(err)
	}
	return func(set ...string) (*config.Run, error) {
		return config.Load(filepath.Join(dir, "run.yaml"), config.LoadOptions{Set: set})
	}
}

func find(t *testing.T, table, row string) (experiments.Table, experiments.Row) {
	t.Helper()
	found, err := experiments.Find(table)
	if err != nil {
		t.Fatal(err)
	}
	of, err := found.Row(row)
	if err != nil {
		t.Fatal(err)
	}
	return found, of
}

func TestRowsTakeTheirTasksAndMethod(t *testing.T) {
	load := base(t, runFile)
	for row, want := range map[string]struct {
		method config.Method
		tasks  string
	}{
		"single":                {config.Single, "empathy"},
		"mt-sentiment":          {config.MultiTask, "sentiment empathy"},
		"kd-emotion":            {config.Distill, "empathy emotion"},
		"kd-annealed-both":      {config.DistillAnn, "sentiment empathy emotion"},
		"kd-annealed-sentiment": {config.DistillAnn, "sentiment empathy"},
	} {
		table, r := find(t, "newsemp", row)
		run, err := table.Derive(r, experiments.Options{}, load)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, task := range run.Tasks {
			names = append(names, task.Name)
		}
		if got := strings.Join(names, " "); run.Method != want.method || got != want.tasks {
			t.Errorf("%s: %s of %s, want %s of %s", row, run.Method, got, want.method, want.tasks)
		}
	}
}

// Vectors are trained on the texts of all declared corpora, so a baseline keeps the tasks
// that it does not learn.
func TestBaselinesReplaceTheModel(t *testing.T) {
	load := base(t, runFile)
	table, row := find(t, "newsemp", "bilstm")
	run, err := table.Derive(row, experiments.Options{Vectors: "train", Baseline: []string{"train.epochs=4"}}, load)
	if err != nil {
		t.Fatal(err)
	}
	m := run.Model
	if m.Base != "" || m.Arch != config.BiLSTM || m.Vectors != "train" || run.Method != config.Single || len(run.Tasks) != 3 || len(run.StudentTasks()) != 1 {
		t.Errorf("%+v, %s, %d tasks", m, run.Method, len(run.Tasks))
	}
	if run.Train.LR != 1e-3 || run.Train.Epochs != 4 {
		t.Errorf("%+v", run.Train)
	}
}

func TestTeachersAreTheSameWhateverIsTried(t *testing.T) {
	load := base(t, runFile)
	table, row := find(t, "newsemp", "kd-both")
	plain, err := table.Derive(row, experiments.Options{}, load)
	if err != nil {
		t.Fatal(err)
	}
	tried, err := table.Derive(row, experiments.Options{}, load, "train.lr=1e-3", "train.epochs=9", "train.batch=2")
	if err != nil {
		t.Fatal(err)
	}
	if tried.Train.LR != 1e-3 || tried.Train.Epochs != 9 || tried.Train.Batch != 2 {
		t.Errorf("the student has %+v", tried.Train)
	}
	for i := range plain.Tasks {
		if diff := cmp.Diff(plain.Tasks[i].Teacher, tried.Tasks[i].Teacher); diff != "" {
			t.Errorf("teacher of %s differs:\n%s", plain.Tasks[i].Name, diff)
		}
	}
	seed := uint64(4)
	want := config.Teacher{Epochs: 3, Batch: 32, LR: 2e-5, Seed: &seed}
	if diff := cmp.Diff(want, tried.Tasks[0].Teacher); diff != "" {
		t.Error(diff)
	}
	if lr := tried.Tasks[1].Teacher.LR; lr != 3e-4 {
		t.Errorf("a teacher with its own rate has %v", lr)
	}
}

func TestTablesShapeTheTarget(t *testing.T) {
	load := base(t, runFile)
	for name, want := range map[string]struct {
		classes string
		split   config.Split
	}{
		"newsemp":            {"none empathy", config.Split{Train: 0.8, Valid: 0.1, Test: 0.1, Seed: 9}},
		"twittemp":           {"none empathy", config.Split{Train: 0.8, Valid: 0.1, Test: 0.1, Seed: 9}},
		"twittemp-seeking":   {"rest seeking", config.Split{Train: 0.6, Valid: 0.2, Test: 0.2, Seed: 9}},
		"twittemp-providing": {"rest providing", config.Split{Train: 0.6, Valid: 0.2, Test: 0.2, Seed: 9}},
	} {
		table, row := find(t, name, "single")
		run, err := table.Derive(row, experiments.Options{}, load)
		if err != nil {
			t.Fatal(err)
		}
		d := run.Tasks[0].Data
		if got := strings.Join(d.Labels.Classes(), " "); got != want.classes || d.Split != want.split {
			t.Errorf("%s: %s, %+v", name, got, d.Split)
		}
	}
}

func TestWhatCannotBeMade(t *testing.T) {
	alone := base(t, strings.Replace(strings.Replace(runFile, "name: emotion", "name: moods", 1), "seeking: empathy, ", "", 1))
	for _, c := range []struct{ table, row, says string }{
		{"newsemp", "kd-both", "named emotion"},
		{"twittemp", "single", `"seeking"`},
		{"domain-adaptation", "pretrain-NAME", "pretrain: true"},
	} {
		table, row := find(t, c.table, c.row)
		_, err := table.Derive(row, experiments.Options{}, alone)
		if !errors.Is(err, experiments.ErrNotMade) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s %s: %v", c.table, c.row, err)
		}
	}
	if _, err := experiments.Find("newsemp2"); !errors.Is(err, experiments.ErrUnknown) {
		t.Error(err)
	}
	table, _ := find(t, "newsemp", "single")
	if _, err := table.Pick([]string{"single", "gpt"}); !errors.Is(err, experiments.ErrUnknown) {
		t.Error(err)
	}
}

// Each KD row is compared with the MT row of the same tasks and with the single model.
func TestComparisonsAreDeclared(t *testing.T) {
	for _, table := range experiments.Tables()[:4] {
		byName := map[string]experiments.Row{}
		for _, r := range table.Rows {
			if _, twice := byName[r.Name]; twice {
				t.Errorf("%s has %s twice", table.Name, r.Name)
			}
			byName[r.Name] = r
		}
		compared := 0
		for _, r := range table.Rows {
			compared += len(r.Against)
			if !r.Method.NeedsTeachers() {
				continue
			}
			mt := byName[r.Against[0]]
			if mt.Method != config.MultiTask || !slices.Equal(mt.Helpers, r.Helpers) || byName[r.Against[1]].Family != experiments.Single {
				t.Errorf("%s: %s is compared with %v", table.Name, r.Name, r.Against)
			}
		}
		if len(table.Rows) != 14 || compared != 12 {
			t.Errorf("%s has %d rows, %d comparisons", table.Name, len(table.Rows), compared)
		}
	}
}

func TestExamplesLoad(t *testing.T) {
	for _, table := range experiments.Tables() {
		if !strings.Contains(table.Example, "twittemp") {
			continue // the others name corpora that are not here
		}
		for _, row := range table.Rows {
			_, err := table.Derive(row, experiments.Options{Vectors: "train"}, func(set ...string) (*config.Run, error) {
				return config.Load(filepath.Join("..", "..", table.Example), config.LoadOptions{Set: set})
			})
			if err != nil {
				t.Errorf("%s %s: %v", table.Name, row.Name, err)
			}
		}
	}
}

func TestPublishedNumbers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "paper.csv")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("experiment,row,f1\n# made up\nnewsemp,single,12.5\ntwittemp,kd-both, 99\ndomain-adaptation,pretrain-talk,1\n")
	p, err := experiments.ReadPublished(path)
	if err != nil {
		t.Fatal(err)
	}
	if f, known := p["newsemp"]["single"]; !known || f.F1 != 12.5 || f.Precision != nil {
		t.Errorf("%v %v", f, known)
	}
	if _, known := p["newsemp"]["cnn"]; known {
		t.Error("a number that was not given")
	}
	write("experiment,row,f1,precision,recall\nnewsemp,single,50,40,60\nnewsemp,cnn,1,,\n")
	p, err = experiments.ReadPublished(path)
	if err != nil {
		t.Fatal(err)
	}
	if f := p["newsemp"]["single"]; f.F1 != 50 || *f.Precision != 40 || *f.Recall != 60 || p["newsemp"]["cnn"].Precision != nil {
		t.Errorf("%+v", p)
	}
	for _, bad := range []string{"newsemp,single,0.5x\n", "newsemp,single,101\n", "newsemp,bert,50\n", "other,single,50\n", "newsemp,single,NaN\n", "newsemp,single,50,40\n", "newsemp,single,50,40,\n", "domain-adaptation,pretrain-,1\n", "newsemp,single\n"} {
		write(bad)
		if _, err := experiments.ReadPublished(path); !errors.Is(err, experiments.ErrPublished) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// The paper's numbers, held against some that were read off its pages by hand.
func TestThePapersNumbers(t *testing.T) {
	p, err := experiments.Paper()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		table, row string
		f1         float64
	}{
		{"newsemp", "single", 63.79}, {"newsemp", "kd-annealed-both", 68.41}, {"twittemp", "kd-annealed-emotion", 85.71},
		{"twittemp-seeking", "lstm", 56.59}, {"twittemp-providing", "mt-both", 78.49}, {"domain-adaptation", "pretrain-dailydialog", 68.72},
	} {
		if got := p[want.table][want.row].F1; got != want.f1 {
			t.Errorf("%s %s: F1 %v, the paper has %v", want.table, want.row, got, want.f1)
		}
	}
	// Every row of Tables 4 to 6 has a number, but for plain KD, which the paper does not have.
	for _, table := range experiments.Tables()[:4] {
		for _, row := range table.Rows {
			f, known := p[table.Name][row.Name]
			if known == (row.Family == experiments.Distilled) {
				t.Errorf("%s %s: %v", table.Name, row.Name, f)
			}
			if known && (f.Precision != nil) != (table.Name == "newsemp") {
				t.Errorf("%s %s has precision %v", table.Name, row.Name, f.Precision)
			}
		}
	}
}

// What only an encoder can have is no reason to leave a baseline out of a table.
func TestBaselinesLeaveOutWhatIsAnEncoders(t *testing.T) {
	for key, want := range map[string]config.Freeze{
		"lora: {rank: 8, alpha: 4}": "", "freeze: 4": "", "freeze: embeddings": config.FreezeEmbeddings, "layer_decay: 0.9": "", "gradient_checkpointing: true": "", "precision: bfloat16": "",
	} {
		load := base(t, strings.Replace(runFile, "seed: 4}", "seed: 4, "+key+"}", 1))
		table, row := find(t, "newsemp", "cnn")
		run, err := table.Derive(row, experiments.Options{Vectors: "train"}, load)
		if err != nil {
			t.Errorf("%s: %v", key, err)
		} else if run.Train.Freeze != want || run.Train.LoRA != (config.LoRA{}) || run.Train.LayerDecay != 0 {
			t.Errorf("%s: %+v", key, run.Train)
		}
		table, row = find(t, "newsemp", "single")
		if run, err = table.Derive(row, experiments.Options{}, load); err != nil || run.Train.Freeze == "" && run.Train.LoRA.Rank == 0 && run.Train.LayerDecay == 0 && !run.Train.GradientCheckpointing && run.Train.Precision == config.Float32 {
			t.Errorf("%s is lost for the encoder: %+v, %v", key, run, err)
		}
	}
}
