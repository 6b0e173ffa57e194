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
		"split at random": {Path: path, Split: shares},
		"split so that rows of one article stay together":                                                       {Path: path, Split: group},
		"its validation rows split off the training files so that texts contained in one another stay together": {Train: train, Test: test, Split: contained},
		"its validation and test rows split off the training files at random":                                   {Train: train, Split: shares},
		"split by its files": {Train: train, Test: test, Split: config.Split{Train: 1}},
	} {
		if got := divided(d); got != want {
			t.Errorf("it says %q, want %q", got, want)
		}
	}
}
