package data

import (
	"fmt"
	"slices"
	"strconv"

	"ringmaster/config"
)

// Positive is the positive class of a task of two classes, for precision, recall and F1.
type Positive struct {
	Class string `json:"class"`
	// Why is the reason for this class and not the other.
	Why string `json:"why"`
}

// String is one line for a person.
func (p *Positive) String() string { return p.Class + ": " + p.Why }

// positive is the class that the task names; else the one with the higher numeric label
// in the files, whatever the order of the map; else the last one declared. nil for a task
// that has not two classes.
func (d *declaration) positive(task config.Task) (*Positive, error) {
	if !task.Kind.OneClass() { // a text has none, one or both of two labels
		return nil, nil
	}
	if len(d.classes) != 2 {
		if task.Positive != "" {
			return nil, wrong("positive is %q, but labels has %d classes, and not two", task.Positive, len(d.classes))
		}
		return nil, nil
	}
	if task.Positive != "" {
		if !slices.Contains(d.classes, task.Positive) {
			return nil, wrong("positive is %q, and labels has the classes %s", task.Positive, quoted(d.classes))
		}
		return &Positive{task.Positive, fmt.Sprintf("tasks.%s.positive names it", task.Name)}, nil
	}
	if class, number, ok := d.higher(); ok {
		return &Positive{class, fmt.Sprintf("it has the higher numeric label, %s", strconv.FormatFloat(number, 'g', -1, 64))}, nil
	}
	return &Positive{d.classes[1], fmt.Sprintf("the last class that labels names; set tasks.%s.positive to choose the other", task.Name)}, nil
}

// higher is the class with the highest number in the files; ok is false where the two do
// not differ in that, or one of them stands for no number.
func (d *declaration) higher() (class string, number float64, ok bool) {
	highest := map[string]float64{}
	for _, p := range d.Labels {
		n, is := d.numberInFile(p.From)
		if p.To == "" || !is {
			continue
		}
		if before, met := highest[p.To]; !met || n > before {
			highest[p.To] = n
		}
	}
	if len(highest) != 2 || highest[d.classes[0]] == highest[d.classes[1]] {
		return "", 0, false
	}
	class = d.classes[0]
	if highest[d.classes[1]] > highest[class] {
		class = d.classes[1]
	}
	return class, highest[class], true
}

// numberInFile is the number by which the files have a label of the map.
func (d *declaration) numberInFile(label string) (float64, bool) {
	if d.labels != nil && d.labels.names != nil {
		at := slices.Index(d.labels.names, label)
		return float64(at), at >= 0
	}
	if len(d.LabelColumns) > 0 { // their cells hold 0 and 1, whatever the columns are called
		return 0, false
	}
	return config.LabelNumber(label)
}
