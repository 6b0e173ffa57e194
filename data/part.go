package data

import (
	"fmt"
	"strings"

	"ringmaster/shown"
)

// partOf is the part that a cell of part's column names; training without such a column.
func (d *declaration) partOf(cell string) (int, *fault) {
	if d.Part == "" {
		return 0, nil
	}
	switch strings.ToLower(strings.TrimSpace(cell)) {
	case "train", "training":
		return 0, nil
	case "valid", "validation", "val", "dev":
		return 1, nil
	case "test":
		return 2, nil
	}
	return 0, &fault{reason: UnknownPart, detail: fmt.Sprintf("%q has %s, which is not train, valid (or validation, val, dev) or test", d.Part, shown.Quote(cell))}
}

// given says whether validation (1) or test (2) rows are declared by files of their own, or by part's column.
func (d *declaration) given(part int) bool {
	return d.met[part] || part == 1 && len(d.Valid) > 0 || part == 2 && len(d.Test) > 0
}

// byPart divides rows by what part's column says of each.
func (c *cleanedCorpus) byPart(rows []int32) {
	var divided [parts][]int32
	for _, place := range rows {
		part := c.rows.at(place).part
		divided[part] = append(divided[part], place)
		c.met[part] = true
	}
	c.train, c.valid, c.test = divided[0], divided[1], divided[2]
}
