package infer

import (
	"fmt"
	"slices"
	"strings"

	"ringmaster/shown"
)

// leaveOutHidden takes out files of a part whose labels are none of the training rows': published test files hold NONE or
// -1 in place of labels that are kept back.
func (c *corpus) leaveOutHidden(columns []*profile, known func(label string) bool, labels func(cell) []string) {
	if len(c.part(trainPart)) == 0 {
		return
	}
	c.tables = slices.DeleteFunc(c.tables, func(t *table) bool {
		if t.part == trainPart {
			return false
		}
		first := ""
		for _, row := range t.rows {
			for _, p := range columns {
				for _, label := range labels(cellAt(row, p.at)) {
					if label = strings.TrimSpace(label); known(label) {
						return false
					}
					if first == "" {
						first = label
					}
				}
			}
		}
		c.notes = append(c.notes, fmt.Sprintf("%s is left out: its labels are hidden (%s in place of those of the training rows)", t.name, shown.Quote(first)))
		return true
	})
}

// labelsOf are the labels of a cell.
func labelsOf(c cell, separator string) []string {
	switch {
	case c.isList:
		return c.list
	case separator != "":
		return strings.Split(c.text, separator)
	}
	return []string{c.text}
}
