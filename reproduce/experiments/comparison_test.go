package experiments_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/config"
	"ringmaster/reproduce/experiments"
)

// ownFile has tasks whose names the paper does not know.
var ownFile = strings.NewReplacer("name: sentiment", "name: stance", "name: empathy", "name: urgency", "name: emotion", "name: topic").Replace(runFile)

func compared(t *testing.T, load experiments.Load, each bool, systems ...string) (experiments.Table, error) {
	t.Helper()
	run, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return experiments.Comparison(run, systems, each)
}

func TestAComparisonIsOverOnesOwnTasks(t *testing.T) {
	load := base(t, ownFile)
	for _, c := range []struct {
		systems []string
		each    bool
		want    []string // row: title: tasks: against
	}{
		{nil, false, []string{
			"single: Encoder, urgency alone: urgency: ",
			"mt: MT: stance + topic: stance urgency topic: single",
			"kd: KD, plain: stance + topic: stance urgency topic: single mt",
			"kd-annealed: KD, annealed: stance + topic: stance urgency topic: single mt",
		}},
		{[]string{"kd-annealed", "single", "mt"}, true, []string{
			"kd-annealed-stance: KD, annealed: stance: stance urgency: single mt-stance",
			"kd-annealed-topic: KD, annealed: topic: urgency topic: single mt-topic",
			"kd-annealed: KD, annealed: stance + topic: stance urgency topic: single mt",
			"single: Encoder, urgency alone: urgency: ",
			"mt-stance: MT: stance: stance urgency: single",
			"mt-topic: MT: topic: urgency topic: single",
			"mt: MT: stance + topic: stance urgency topic: single",
		}},
		// A baseline keeps all tasks, for its word vectors, and learns the target.
		{[]string{"lstm", "mt"}, false, []string{
			"lstm: LSTM: stance urgency topic: ",
			"mt: MT: stance + topic: stance urgency topic: ",
		}},
	} {
		table, err := compared(t, load, c.each, c.systems...)
		if err != nil {
			t.Fatal(err)
		}
		if table.Paper != "" || table.Title != "Methods compared on urgency" {
			t.Errorf("%q of %q", table.Title, table.Paper)
		}
		var got []string
		for _, row := range table.Rows {
			run, err := table.Derive(row, experiments.Options{Vectors: "train"}, load)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, task := range run.Tasks {
				names = append(names, task.Name)
			}
			got = append(got, strings.Join([]string{row.Name, row.Title, strings.Join(names, " "), strings.Join(row.Against, " ")}, ": "))
			if run.Method != row.Method || run.Tasks[slices.Index(names, "urgency")].Data.Split.Train != 0.5 {
				t.Errorf("%s: %s, split %+v", row.Name, run.Method, run.Tasks)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", c.systems, diff)
		}
	}
}

func TestATargetAloneCanBeDistilledToo(t *testing.T) {
	_, rest, _ := strings.Cut(ownFile, "  - name: urgency")
	rest, _, _ = strings.Cut(rest, "  - name: topic")
	load := base(t, "model: {base: ./model}\nmethod: single\ntasks:\n  - name: urgency"+rest)
	table, err := compared(t, load, true)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range table.Rows {
		got = append(got, row.Name)
		if run, err := table.Derive(row, experiments.Options{}, load); err != nil || len(run.Tasks) != 1 {
			t.Errorf("%s: %v", row.Name, err)
		}
	}
	if strings.Join(got, " ") != "single kd kd-annealed" {
		t.Errorf("rows %v", got)
	}
	if _, err := compared(t, load, false, "mt"); !errors.Is(err, experiments.ErrNotMade) || !strings.Contains(err.Error(), "only urgency") {
		t.Error(err)
	}
}

func TestComparisonsThatCannotBeMade(t *testing.T) {
	load := base(t, ownFile)
	for systems, says := range map[string]string{"single,bert": `"bert"`, "single,mt,single": "given twice", "mlm": `"mlm"`, "": `""`} {
		if _, err := compared(t, load, false, strings.Split(systems, ",")...); !errors.Is(err, experiments.ErrUnknown) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", systems, err)
		}
	}
	run, err := load()
	if err != nil {
		t.Fatal(err)
	}
	untargeted := *run
	untargeted.Tasks = slices.Clone(run.Tasks)
	for i := range untargeted.Tasks {
		untargeted.Tasks[i].Target = false
	}
	if _, err := experiments.Comparison(&untargeted, nil, false); !errors.Is(err, experiments.ErrNotMade) {
		t.Error(err)
	}
	if got := experiments.Systems(); !slices.Contains(got, string(config.ConvLSTM)) {
		t.Error(got)
	}
}
