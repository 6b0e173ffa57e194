package metrics

import (
	"encoding/json"
	"fmt"
)

// Names of scores that are no shares.
const (
	pearson = "Pearson's r"
	kappa   = "quadratic kappa"
)

// Main is the number that chooses between states of a model, with its name: the greater, the better. It is
// Pearson's r of values, quadratic kappa of ordered classes, and F1 of everything else: of several labels
// the micro average.
func (s *Scores) Main() (name string, score float64) {
	switch {
	case s.Value != nil:
		return pearson, s.Value.Pearson
	case s.Kappa != nil:
		return kappa, *s.Kappa
	case s.Averaging == Micro:
		return "micro F1", s.F1
	}
	return "F1", s.F1
}

// ShownScore is a score of that name for a person: shares in percent, correlations and kappa as they are.
func ShownScore(name string, score float64) string {
	if Percent(name) == 1 {
		return fmt.Sprintf("%.3f", score)
	}
	return percent(score)
}

// Percent is what a score of that name is multiplied by to be shown: 100 for shares, 1 for others.
func Percent(name string) float64 {
	if name == pearson || name == kappa {
		return 1
	}
	return 100
}

// Worst is the least that a score of that name can be.
func Worst(name string) float64 {
	if Percent(name) == 1 {
		return -1
	}
	return 0
}

// MarshalJSON leaves out the numbers of classes where there are none.
func (s Scores) MarshalJSON() ([]byte, error) {
	type plain Scores
	if s.Value == nil {
		return json.Marshal(plain(s))
	}
	return json.Marshal(struct {
		*ValueScores
		Rows int    `json:"rows"`
		Of   string `json:"value_of"`
	}{s.Value, s.Rows, s.Classes[0]})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (s *Scores) UnmarshalJSON(data []byte) error {
	type plain Scores
	var of struct {
		ValueScores
		Rows int     `json:"rows"`
		Of   *string `json:"value_of"`
	}
	if err := json.Unmarshal(data, &of); err != nil {
		return err
	}
	if of.Of == nil {
		return json.Unmarshal(data, (*plain)(s))
	}
	*s = Scores{Rows: of.Rows, Classes: []string{*of.Of}, Value: &of.ValueScores}
	return nil
}
