package data

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
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
func (d *declaration) carve(rows []row) (train, valid, test []row, err error) {
	s := d.Split
	shares := [parts]uint64{}
	for p, share := range []float64{s.Train, s.Valid, s.Test} {
		if !(share >= 0 && share <= 1) {
			return nil, nil, nil, wrong("split has the share %v, which is not between 0 and 1", share)
		}
		shares[p] = uint64(math.Round(share * perShare))
	}
	given := [parts]bool{false, d.given(1), d.given(2)}
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
		if rows, test, err = d.fold(rows); err != nil {
			return nil, nil, nil, err
		}
		shares[2] = 0 // validation rows are the declared share of what is left
	}
	var carved []row
	if d.keepsTogether() {
		train, valid, carved, err = d.divideGroups(rows, shares)
	} else {
		train, valid, carved = divide(rows, d.strata, shares, s.Seed)
	}
	return train, valid, append(test, carved...), err
}

// distinctText is all rows of one text: they stay in one part.
type distinctText struct {
	text    string
	stratum int // of the first row
	order   uint64
	rows    []row
}

// divide assigns distinct texts to parts, stratum by stratum, in the order of a hash.
func divide(rows []row, strata int, weights [parts]uint64, seed uint64) (train, valid, test []row) {
	texts := distinct(rows, func(text string) uint64 { return drawOrder("split", seed, text) })
	sizes := make([]int, strata)
	for _, t := range texts {
		sizes[t.stratum]++
	}
	left := apportion(sizes, weights)
	var dealt [parts][]row
	for _, t := range texts {
		p := 0
		for left[t.stratum][p] == 0 {
			p++
		}
		left[t.stratum][p]--
		dealt[p] = append(dealt[p], t.rows...)
	}
	for _, part := range dealt {
		slices.SortFunc(part, func(a, b row) int { return cmp.Compare(a.Row, b.Row) })
	}
	return dealt[0], dealt[1], dealt[2]
}

// distinct groups rows by text, in the given order.
func distinct(rows []row, order func(text string) uint64) []*distinctText {
	byText := make(map[string]*distinctText, len(rows))
	var texts []*distinctText
	for _, r := range rows {
		t := byText[r.Text]
		if t == nil {
			t = &distinctText{text: r.Text, stratum: r.stratum, order: order(r.Text)}
			byText[r.Text] = t
			texts = append(texts, t)
		}
		t.rows = append(t.rows, r)
	}
	slices.SortFunc(texts, func(a, b *distinctText) int {
		if a.order != b.order {
			return cmp.Compare(a.order, b.order)
		}
		return strings.Compare(a.text, b.text)
	})
	return texts
}

// drawOrder gives a text its place in a seeded draw: the first 64 bits of
// SHA-256(purpose, 0, seed in 8 little-endian bytes, text), big-endian.
func drawOrder(purpose string, seed uint64, text string) uint64 {
	message := append([]byte(purpose), 0)
	message = binary.LittleEndian.AppendUint64(message, seed)
	message = append(message, text...)
	sum := sha256.Sum256(message)
	return binary.BigEndian.Uint64(sum[:8])
}

// limited keeps at most limit training rows, each stratum its share of them.
func limited(rows []row, strata, limit int, seed uint64) (kept []row, removed int) {
	if limit <= 0 || len(rows) <= limit {
		return rows, 0
	}
	sizes := make([]int, strata)
	for _, r := range rows {
		sizes[r.stratum]++
	}
	left := apportion(sizes, [parts]uint64{uint64(limit), uint64(len(rows) - limit), 0})
	for _, t := range distinct(rows, func(text string) uint64 { return drawOrder("limit", seed, text) }) {
		for _, r := range t.rows {
			if left[r.stratum][0] > 0 {
				left[r.stratum][0]--
				kept = append(kept, r)
			}
		}
	}
	slices.SortFunc(kept, func(a, b row) int { return cmp.Compare(a.Row, b.Row) })
	return kept, len(rows) - len(kept)
}
