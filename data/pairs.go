package data

import (
	"slices"
	"strings"

	"ringmaster/data/tokens"
)

// JoinTexts makes one string of a row's two texts, so that what is said of a text, as that it is a duplicate or stands
// in another part, is said of both. [Example.Texts] takes them apart.
func JoinTexts(first, second string) string { return first + tokens.PairSign + second }

// Texts are the example's two texts; pair is false where it has one, the first.
func (e Example) Texts() (first, second string, pair bool) {
	return strings.Cut(e.Text, tokens.PairSign)
}

// Lines are the example's texts, each on a line of its own: no word or sentence goes from one to the other.
func (e Example) Lines() string { return strings.ReplaceAll(e.Text, tokens.PairSign, "\n") }

// ShownTexts is a string that JoinTexts may have made, for a person.
func ShownTexts(text string) string { return strings.ReplaceAll(text, tokens.PairSign, " ||| ") }

// CleanWhole is Clean for each of the texts of a string that JoinTexts may have made.
func (k *Cleaner) CleanWhole(text string) string {
	first, second, pair := strings.Cut(text, tokens.PairSign)
	if !pair {
		return k.Clean(text)
	}
	return JoinTexts(k.Clean(first), k.Clean(second))
}

// whole is a record's text, or both of them.
func (d *declaration) whole(r record) string {
	if d.TextPair == "" {
		return r.text
	}
	return JoinTexts(r.text, r.pair)
}

// changes names the steps of cleaning that change a record's texts.
func (d *declaration) changes(r record) []string {
	names := d.cleaner.changes(r.text)
	if d.TextPair == "" {
		return names
	}
	for _, name := range d.cleaner.changes(r.pair) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
