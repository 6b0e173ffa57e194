package weights

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"ringmaster/config"
)

// HeadFor finds the head from which a task's training starts: that of the task's name, or the one
// classifier of a folder that another program wrote, which has no name. Its classes must be the
// task's, in any order. Otherwise why says what the folder has instead; it is empty for a folder
// without heads.
func (f *Folder) HeadFor(task string, kind config.Kind, classes []string) (m Match, why string, ok bool) {
	if len(f.heads) == 0 {
		return Match{}, "", false
	}
	at := slices.IndexFunc(f.heads, func(h headEntry) bool { return h.Task == task || h.Task == "" })
	if at < 0 {
		return Match{}, "its heads are for " + f.tasks(), false
	}
	if theirs := f.heads[at].Kind; !sameOutputs(theirs, kind) {
		return Match{}, fmt.Sprintf("it is of kind %s, the task of kind %s", kindName(theirs), kindName(kind)), false
	}
	order, same := orderOf(kind, f.heads[at].Classes, classes)
	if !same {
		return Match{}, fmt.Sprintf("its classes are %s, the task's %s", strings.Join(f.heads[at].Classes, ", "), strings.Join(classes, ", ")), false
	}
	return Match{Head: at, Order: order}, "", true
}

// NamesTasks says whether the folder's heads have their tasks' names, as those written here do.
func (f *Folder) NamesTasks() bool { return len(f.heads) > 0 && f.heads[0].Task != "" }

// sameOutputs says whether heads of two kinds answer alike: classes may have an order or not.
func sameOutputs(a, b config.Kind) bool { return a.Is(b) || a.OneClass() && b.OneClass() }

func kindName(k config.Kind) config.Kind { return cmp.Or(k, config.KindClasses) }

// orderOf gives the number that a head gives to each of the task's classes, nil where both
// number them alike; same is false where the classes are not the same.
// A value has one output, whatever it is called.
func orderOf(kind config.Kind, theirs, classes []string) (order []int, same bool) {
	if kind.Is(config.KindValue) {
		return nil, len(theirs) == len(classes)
	}
	order = make([]int, len(classes))
	same = len(theirs) == len(classes)
	for i, class := range classes {
		order[i] = slices.Index(theirs, class)
		same = same && order[i] >= 0
	}
	if slices.IsSorted(order) {
		return nil, same
	}
	return order, same
}

// Reordered is the head with its classes, and their rows, in another order: class i is its class
// order[i]. Classes that order does not name are left out. nil leaves it.
func (h Head) Reordered(order []int) Head {
	if order == nil {
		return h
	}
	features := len(h.Weight.Data) / len(h.Bias.Data)
	other := h
	other.Classes = make([]string, len(order))
	other.Weight.Data, other.Bias.Data = nil, nil
	other.Weight.Shape, other.Bias.Shape = []int64{int64(len(order)), int64(features)}, []int64{int64(len(order))}
	for i, from := range order {
		other.Classes[i] = h.Classes[from]
		other.Weight.Data = append(other.Weight.Data, h.Weight.Data[from*features:(from+1)*features]...)
		other.Bias.Data = append(other.Bias.Data, h.Bias.Data[from])
	}
	return other
}
