package experiments

import (
	"fmt"
	"slices"
	"strings"

	"ringmaster/config"
)

// ComparisonName names the table that Comparison makes: it is no table of the paper.
const ComparisonName = "compare"

// Systems are what a comparison may have rows of: the methods, and the baselines.
func Systems() []string {
	return []string{
		string(config.Single), string(config.MultiTask), string(config.Distill), string(config.DistillAnn),
		string(config.CNN), string(config.LSTM), string(config.BiLSTM), string(config.ConvLSTM),
	}
}

// Comparison is a table over the tasks of a person's own run file, whatever they are called: a
// row for each system that is named, of Systems. Without names it has the methods that the run
// file's tasks allow. The tasks beside the target are learnt together; with each true they are
// also learnt one at a time, in rows of their own.
func Comparison(base *config.Run, systems []string, each bool) (Table, error) {
	target, ok := base.Target()
	if !ok {
		return Table{}, fmt.Errorf("%w: the run file marks no task with target: true", ErrNotMade)
	}
	var helpers []string
	for _, t := range base.Tasks {
		if !t.Target && !t.Pretrain {
			helpers = append(helpers, t.Name)
		}
	}
	if len(systems) == 0 {
		systems = Systems()[:4]
		if len(helpers) == 0 {
			systems = slices.DeleteFunc(systems, func(s string) bool { return s == string(config.MultiTask) })
		}
	}
	table := Table{
		Name: ComparisonName, Title: "Methods compared on " + target.Name,
		About: "Each method over the tasks of the run file", Question: "Which method is better?",
	}
	for _, s := range systems {
		rows, err := rowsOf(s, target.Name, helpers, each)
		if err != nil {
			return Table{}, err
		}
		table.Rows = append(table.Rows, rows...)
	}
	for i, r := range table.Rows {
		if slices.ContainsFunc(table.Rows[:i], func(before Row) bool { return before.Name == r.Name }) {
			return Table{}, fmt.Errorf("%w: %s is given twice", ErrUnknown, r.Name)
		}
		table.Rows[i].Against = table.rivals(r)
	}
	return table, nil
}

// rowsOf are the rows of one system.
func rowsOf(system, target string, helpers []string, each bool) ([]Row, error) {
	method := config.Method(system)
	titles := map[config.Method]string{config.MultiTask: "MT", config.Distill: "KD, plain", config.DistillAnn: "KD, annealed"}
	switch {
	case method == config.Single:
		return []Row{{Name: system, Title: "Encoder, " + target + " alone", Family: Single, Method: method}}, nil
	case titles[method] == "":
		for _, r := range systems() {
			if r.Arch != "" && r.Arch == system {
				return []Row{r}, nil
			}
		}
		return nil, fmt.Errorf("%w: unknown method %q; the methods are %s", ErrUnknown, system, strings.Join(Systems(), ", "))
	case method == config.MultiTask && len(helpers) == 0:
		return nil, fmt.Errorf("%w: mt needs several tasks, but the run file has only %s: declare another task, or leave mt out of --methods", ErrNotMade, target)
	}
	row := func(name string, tasks []string) Row {
		r := Row{Name: name, Title: titles[method], Family: Family(method), Method: method, Helpers: tasks}
		if len(tasks) > 0 {
			r.Title += ": " + strings.Join(tasks, " + ")
		}
		return r
	}
	var rows []Row
	if each && len(helpers) > 1 {
		for _, h := range helpers {
			rows = append(rows, row(system+"-"+h, []string{h}))
		}
	}
	return append(rows, row(system, helpers)), nil
}

// rivals are the rows that a row is compared with: the single model, and for distillation
// multi-task learning of the same tasks.
func (t Table) rivals(r Row) (names []string) {
	if r.Family == Single {
		return nil
	}
	for _, other := range t.Rows {
		sameTasks := other.Family == MultiTask && r.Method.NeedsTeachers() && slices.Equal(other.Helpers, r.Helpers)
		if other.Family == Single || sameTasks {
			names = append(names, other.Name)
		}
	}
	return names
}
