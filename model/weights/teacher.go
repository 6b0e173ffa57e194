package weights

import (
	"slices"
	"strings"

	"ringmaster/config"
	"ringmaster/errkind"
)

// Match is the head of a folder that is a task's teacher, and the order of its classes.
type Match struct {
	// Head is the index in Heads.
	Head int
	// Order gives, for the task's class i, the number Order[i] that the teacher gives it; nil
	// when both number them alike.
	Order []int
}

// Reorder puts a teacher's logits into the task's order of classes.
func (m Match) Reorder(teacher []float32) []float32 {
	if m.Order == nil {
		return teacher
	}
	task := make([]float32, len(m.Order))
	for i, from := range m.Order {
		task[i] = teacher[from]
	}
	return task
}

// CheckTeacher finds the head that is the task's teacher: the head of that task's name, or the only
// head there is. Its classes must be the task's, in any order. It reads no tensors. The error is
// one sentence of kind ErrTeacher or ErrNoHeads.
func (f *Folder) CheckTeacher(task string, kind config.Kind, classes []string) (Match, error) {
	if len(f.heads) == 0 {
		return Match{}, errkind.Errorf(ErrNoHeads, "teacher %s for task %s has no classification head: %s", f.Dir, task, f.noHeads)
	}
	index := slices.IndexFunc(f.heads, func(h headEntry) bool { return h.Task == task })
	if index < 0 {
		if len(f.heads) > 1 {
			return Match{}, errkind.Errorf(ErrTeacher, "teacher %s has heads for %s, none for task %s", f.Dir, f.tasks(), task)
		}
		index = 0
	}
	taught := f.heads[index].Classes
	if theirs := f.heads[index].Kind; !sameOutputs(theirs, kind) {
		return Match{}, errkind.Errorf(ErrTeacher, "teacher %s for task %s is of kind %s, but the task is of kind %s; name a teacher of the same kind", f.Dir, task, kindName(theirs), kindName(kind))
	}
	order, same := orderOf(kind, taught, classes)
	if kind.Is(config.KindValue) && len(taught) > 1 { // of a value and its variance the value teaches
		order, same = []int{0}, true
	}
	if !same {
		return Match{}, errkind.Errorf(ErrTeacher, "teacher %s for task %s has the classes %s, but the task has %s; make the names agree in the task's labels or in the folder's id2label",
			f.Dir, task, strings.Join(taught, ", "), strings.Join(classes, ", "))
	}
	return Match{Head: index, Order: order}, nil
}

func (f *Folder) tasks() string {
	names := make([]string, len(f.heads))
	for i, h := range f.heads {
		names[i] = h.Task
	}
	return strings.Join(names, ", ")
}
