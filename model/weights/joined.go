package weights

import (
	"slices"
	"strings"
)

// joinedTensors are linear maps that files have as one, row under row, and which are several here: each can then be
// adapted, as another encoder's.
type joinedTensors struct {
	name  string   // ends the joined map's name, without ".weight"
	parts []string // the parts' names after it, in the order of their rows
}

// divide puts the parts, which lie one after another, in the place of joined maps. A map whose rows are not of equal
// parts is left for the check of tensors to tell.
func (j joinedTensors) divide(found map[string]entry) {
	if j.name == "" {
		return
	}
	n := int64(len(j.parts))
	for name, e := range found {
		stem, isJoined := strings.CutSuffix(name, j.name+".weight")
		if !isJoined || len(e.shape) != 2 || e.shape[0]%n != 0 {
			continue
		}
		delete(found, name)
		for i, part := range j.parts {
			of := e
			of.shape, of.size = []int64{e.shape[0] / n, e.shape[1]}, e.size/n
			of.offset += int64(i) * of.size
			found[stem+j.name+"."+part+".weight"] = of
		}
	}
}

// join puts parts together under their common name.
func (j joinedTensors) join(stored []Tensor) []Tensor {
	if j.name == "" {
		return stored
	}
	rows := map[string][]Tensor{}
	rest := slices.DeleteFunc(stored, func(t Tensor) bool {
		for i, part := range j.parts {
			if stem, is := strings.CutSuffix(t.Name, j.name+"."+part+".weight"); is {
				if rows[stem] == nil {
					rows[stem] = make([]Tensor, len(j.parts))
				}
				rows[stem][i] = t
				return true
			}
		}
		return false
	})
	for stem, parts := range rows {
		whole := Tensor{Name: stem + j.name + ".weight", Shape: []int64{0, parts[0].Shape[1]}}
		for _, t := range parts {
			whole.Shape[0] += t.Shape[0]
			whole.Data = append(whole.Data, t.Data...)
		}
		rest = append(rest, whole)
	}
	return rest
}
