package data

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"
)

// perShare is the resolution of shares: they are rounded to billionths, so that
// all further arithmetic is exact.
const perShare = 1e9

// carve divides path's rows, or takes from training rows what no file gives. A
// part that is carved from train takes its own share of train's rows. Shares that
// do not add up to one are taken in proportion.
func (c *cleanedCorpus) carve(rows []int32) (train, valid, test []int32, err error) {
	s := c.Split
	shares := [parts]uint64{}
	for p, share := range []float64{s.Train, s.Valid, s.Test} {
		if !(share >= 0 && share <= 1) {
			return nil, nil, nil, wrong("split has the share %v, which is not between 0 and 1", share)
		}
		shares[p] = uint64(math.Round(share * perShare))
	}
	given := [parts]bool{false, c.given(1), c.given(2)}
	for p := range parts {
		if given[p] { // train keeps what need not be carved
			shares[0] += shares[p]
			shares[p] = 0
		}
	}
	if shares[0] == 0 {
		return nil, nil, nil, wrong("split.train is 0, which leaves nothing to train on")
	}
	if s.Folds > 0 {
		if rows, test, err = c.fold(rows); err != nil {
			return nil, nil, nil, err
		}
		shares[2] = 0 // validation rows are the declared share of what is left
	}
	var carved []int32
	if c.keepsTogether() {
		train, valid, carved, err = c.divideGroups(rows, shares)
	} else {
		train, valid, carved, err = c.divideTexts(rows, shares)
	}
	return train, valid, append(test, carved...), err
}

// divideTexts assigns distinct texts to parts, stratum by stratum, in the order of a hash.
func (c *cleanedCorpus) divideTexts(rows []int32, weights [parts]uint64) (train, valid, test []int32, err error) {
	texts, err := c.rows.draw(rows, "split", c.Split.Seed)
	if err != nil {
		return nil, nil, nil, err
	}
	sizes := make([]int, c.strata)
	for _, t := range texts.list {
		sizes[texts.stratum(t)]++
	}
	left := apportion(sizes, weights)
	to := make([]uint8, c.rows.count) // by place, the part
	for _, t := range texts.list {
		stratum, p := texts.stratum(t), 0
		for left[stratum][p] == 0 {
			p++
		}
		left[stratum][p]--
		texts.each(t, func(place int32) { to[place] = uint8(p) })
	}
	var dealt [parts][]int32
	for _, place := range rows {
		dealt[to[place]] = append(dealt[to[place]], place)
	}
	return dealt[0], dealt[1], dealt[2], nil
}

// drawnText is a text with its place in a draw.
type drawnText struct {
	order uint64
	text  int32 // in the table's texts
}

// drawn are the different texts of rows in the order of a draw, and the rows of each: they stay in one part.
type drawn struct {
	table *table
	list  []drawnText
	// first is, by text, the place of its first row, and next, by place, that of the next row of the same text; both
	// are counted from 1, and 0 is none.
	first, next []int32
}

// draw puts the different texts of rows into the order of a draw. The error is of kind spool.ErrDisk.
func (t *table) draw(rows []int32, purpose string, seed uint64) (*drawn, error) {
	d := &drawn{table: t, first: make([]int32, t.texts.count()), next: make([]int32, t.count)}
	for _, place := range slices.Backward(rows) {
		text := t.at(place).text
		d.next[place], d.first[text] = d.first[text], place+1
	}
	reader := t.reader()
	for _, place := range rows {
		if number := t.at(place).text; d.first[number] == place+1 {
			text, err := reader.text(place)
			if err != nil {
				return nil, err
			}
			d.list = append(d.list, drawnText{drawOrder(purpose, seed, text), number})
		}
	}
	var failed error
	slices.SortFunc(d.list, func(a, b drawnText) int {
		if a.order != b.order {
			return cmp.Compare(a.order, b.order)
		}
		one, err := t.texts.strings.String(int(a.text))
		other, another := t.texts.strings.String(int(b.text))
		failed = errors.Join(failed, err, another)
		return strings.Compare(one, other)
	})
	return d, failed
}

// each goes through the rows of a text.
func (d *drawn) each(t drawnText, do func(place int32)) {
	for at := d.first[t.text]; at != 0; at = d.next[at-1] {
		do(at - 1)
	}
}

// stratum is that of a text's first row.
func (d *drawn) stratum(t drawnText) int { return int(d.table.stratum[d.first[t.text]-1]) }

// drawOrder gives a text its place in a seeded draw: the first 64 bits of
// SHA-256(purpose, 0, seed in 8 little-endian bytes, text), big-endian.
func drawOrder(purpose string, seed uint64, text []byte) uint64 {
	message := append(make([]byte, 0, len(purpose)+9+len(text)), purpose...)
	message = binary.LittleEndian.AppendUint64(append(message, 0), seed)
	message = append(message, text...)
	sum := sha256.Sum256(message)
	return binary.BigEndian.Uint64(sum[:8])
}

// limited keeps at most limit training rows, each stratum its share of them. The error is of kind spool.ErrDisk.
func (c *cleanedCorpus) limited(rows []int32, limit int) (kept []int32, err error) {
	if limit <= 0 || len(rows) <= limit {
		return rows, nil
	}
	sizes := make([]int, c.strata)
	for _, place := range rows {
		sizes[c.rows.stratum[place]]++
	}
	left := apportion(sizes, [parts]uint64{uint64(limit), uint64(len(rows) - limit), 0})
	texts, err := c.rows.draw(rows, "limit", c.Split.Seed)
	if err != nil {
		return nil, err
	}
	for _, t := range texts.list {
		texts.each(t, func(place int32) {
			if stratum := c.rows.stratum[place]; left[stratum][0] > 0 {
				left[stratum][0]--
				kept = append(kept, place)
			}
		})
	}
	slices.Sort(kept)
	return kept, nil
}
