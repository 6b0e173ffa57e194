package metrics

import (
	"fmt"
	"math"
	"slices"
)

// Micro: precision, recall and F1 over all decisions, one for each row and label, counted together.
// scikit-learn's average="micro" of a multilabel indicator matrix.
const Micro Averaging = "micro"

// Labelled are predictions of any number of labels a row: what is scored, and what the threshold is
// chosen on.
type Labelled struct {
	names         []string
	gold          [][]int32   // of each row, ascending
	probabilities [][]float64 // of each row, one a label
}

// NewLabelled is without rows. It fails with ErrClasses for fewer than two labels.
func NewLabelled(names []string) (*Labelled, error) {
	if len(names) < 2 {
		return nil, fmt.Errorf("%w: a task of several labels needs at least two, got %q", ErrClasses, names)
	}
	return &Labelled{names: slices.Clone(names)}, nil
}

// Add adds a row: its gold labels, ascending, and the probability of each label.
func (l *Labelled) Add(gold []int32, probabilities []float64) error {
	if len(probabilities) != len(l.names) {
		return fmt.Errorf("%w: %d probabilities of %d labels", ErrLengths, len(probabilities), len(l.names))
	}
	for _, label := range gold {
		if label < 0 || int(label) >= len(l.names) {
			return fmt.Errorf("%w: gold label %d, but there are %d", ErrClassIndex, label, len(l.names))
		}
	}
	l.gold, l.probabilities = append(l.gold, gold), append(l.probabilities, probabilities)
	return nil
}

// DefaultThreshold is the probability from which a label is given where none was chosen.
const DefaultThreshold = 0.5

// thresholds are those tried: the hundredths.
const thresholds = 100

// BestThreshold is the threshold, of the hundredths from 0.01 to 0.99, with the best micro F1 on the rows; of
// equals the nearest to DefaultThreshold. Without rows it is that.
func (l *Labelled) BestThreshold() float64 {
	// At threshold t/100 a label is given whose probability is at least that: given[t] and right[t] count them.
	var given, right [thresholds]int
	relevant := 0
	for i, row := range l.probabilities {
		relevant += len(l.gold[i])
		for label, p := range row {
			t := lastPassed(p)
			given[t]++
			if slices.Contains(l.gold[i], int32(label)) {
				right[t]++
			}
		}
	}
	best, bestF1 := thresholds/2, -1.0
	for t := thresholds - 2; t >= 1; t-- { // what passes a higher threshold passes this one
		given[t], right[t] = given[t]+given[t+1], right[t]+right[t+1]
	}
	for t := 1; t < thresholds; t++ {
		f1 := ratio(2*right[t], given[t]+relevant)
		if f1 > bestF1 || f1 == bestF1 && abs(t-thresholds/2) < abs(best-thresholds/2) {
			best, bestF1 = t, f1
		}
	}
	if len(l.gold) == 0 {
		return DefaultThreshold
	}
	return threshold(best)
}

// lastPassed is the number of the highest threshold that a probability reaches; 0: none.
func lastPassed(p float64) int {
	t := min(max(int(math.Floor(p*thresholds)), 0), thresholds-1)
	for t < thresholds-1 && p >= threshold(t+1) {
		t++
	}
	for t > 0 && p < threshold(t) {
		t--
	}
	return t
}

func threshold(t int) float64 { return float64(t) / thresholds }

func abs(n int) int { return max(n, -n) }

// Given are the labels whose probability reaches the threshold, ascending.
func Given(probabilities []float64, threshold float64) []int32 {
	set := []int32{}
	for label, p := range probabilities {
		if p >= threshold {
			set = append(set, int32(label))
		}
	}
	return set
}

// Scores computes the numbers at a threshold: micro and macro F1, each label's own, and as accuracy
// the share of rows whose labels are all right (scikit-learn's accuracy_score of indicator matrices).
func (l *Labelled) Scores(threshold float64) Scores {
	s := Scores{
		Averaging: Micro, Classes: slices.Clone(l.names), Rows: len(l.gold), Threshold: threshold, Averaged: len(l.names),
		PerClass: make([]ClassScores, len(l.names)),
	}
	hits, exact := make([]int, len(l.names)), 0
	sets := map[string]int{}
	for i, gold := range l.gold {
		given := Given(l.probabilities[i], threshold)
		if slices.Equal(gold, given) {
			exact++
		}
		sets[fmt.Sprint(gold)]++
		for _, label := range gold {
			s.PerClass[label].Support++
		}
		for _, label := range given {
			s.PerClass[label].Predicted++
			if slices.Contains(gold, label) {
				hits[label]++
			}
		}
	}
	commonest := 0
	for _, n := range sets {
		commonest = max(commonest, n)
	}
	s.Accuracy, s.Majority = ratio(exact, s.Rows), ratio(commonest, s.Rows)
	s.judgeLabels(hits)
	return s
}

// AllGiven is the micro F1 of giving every label to every text: what a model of labels has to beat.
func (s Scores) AllGiven() float64 {
	return ratio(2*s.Support, s.Support+s.Rows*len(s.Classes))
}

// judgeLabels fills in each label's numbers, their mean and the micro average.
func (s *Scores) judgeLabels(hits []int) {
	right, given, macro := 0, 0, 0.0
	for label := range s.PerClass {
		c := &s.PerClass[label]
		c.Class = s.Classes[label]
		c.Precision, c.Recall, c.F1 = ratio(hits[label], c.Predicted), ratio(hits[label], c.Support), ratio(2*hits[label], c.Support+c.Predicted)
		macro += c.F1 / float64(len(s.PerClass))
		right, given, s.Support = right+hits[label], given+c.Predicted, s.Support+c.Support
		s.ZeroDivisions += c.zeroDivisions()
		if c.Support == 0 {
			s.Absent = append(s.Absent, c.Class)
		}
	}
	s.MacroF1 = &macro
	s.Precision, s.Recall, s.F1 = ratio(right, given), ratio(right, s.Support), ratio(2*right, s.Support+given)
}
