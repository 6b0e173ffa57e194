package report

import (
	"testing"

	"ringmaster/config"
)

func TestDivided(t *testing.T) {
	shares := config.Split{Train: 0.8, Valid: 0.1, Test: 0.1}
	group, contained := shares, shares
	group.Group, contained.Contained = "article", true
	path, train, test := config.Files{"all.csv"}, config.Files{"train.csv"}, config.Files{"test.csv"}
	for want, d := range map[string]config.Data{
		"divided at random": {Path: path, Split: shares},
		"divided so that rows of one article stay together":                                                       {Path: path, Split: group},
		"its validation rows carved from the training files so that texts stay with those that they stand inside": {Train: train, Test: test, Split: contained},
		"its validation and test rows carved from the training files at random":                                   {Train: train, Split: shares},
		"divided as its files are": {Train: train, Test: test, Split: config.Split{Train: 1}},
	} {
		if got := divided(d); got != want {
			t.Errorf("it says %q, want %q", got, want)
		}
	}
}
