package metrics

// Averaging says what a task's precision, recall and F1 are taken over.
type Averaging string

// The averagings.
const (
	// PositiveClass: the class at index 1 alone; tasks of two classes.
	PositiveClass Averaging = "positive class"
	// Macro: the unweighted mean over the classes that occur.
	Macro Averaging = "macro"
)

// positive is the index of the class that a two-class task is judged by.
const positive = 1

// Scores are a task's numbers on one part of its corpus. Fractions are in 0…1.
type Scores struct {
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
	Accuracy  float64 `json:"accuracy"`
	// Support is the number of gold rows the averaged numbers speak of: those of the
	// positive class, or all of them for Macro.
	Support int `json:"support"`
	// Rows is the number of rows scored.
	Rows      int       `json:"rows"`
	Averaging Averaging `json:"averaging"`
	// Positive names the positive class; empty for Macro.
	Positive string `json:"positive,omitempty"`
	// Majority is the accuracy of always answering the commonest gold class: what a
	// model has to beat.
	Majority float64 `json:"majority"`
	// ZeroDivisions counts the precisions and recalls above that were 0/0 and count as 0.
	ZeroDivisions int      `json:"zero_divisions"`
	Classes       []string `json:"classes"`
	// PerClass holds every class's own numbers, in the order of Classes.
	PerClass []ClassScores `json:"per_class"`
	// Confusion is [gold][predicted].
	Confusion [][]int `json:"confusion"`
}

// ClassScores are one class's numbers against all others.
type ClassScores struct {
	Class     string  `json:"class"`
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
	Support   int     `json:"support"` // gold rows of the class
	Predicted int     `json:"predicted"`
}

// Scores computes the task's numbers from the counts. An empty matrix scores 0
// everywhere.
func (c *Confusion) Scores() Scores {
	s := Scores{Classes: c.Classes(), Confusion: c.Counts(), PerClass: c.perClass()}
	var correct, commonest int
	for i, class := range s.PerClass {
		s.Rows += class.Support
		correct += c.counts[i][i]
		commonest = max(commonest, class.Support)
	}
	s.Accuracy = ratio(correct, s.Rows)
	s.Majority = ratio(commonest, s.Rows)
	if len(c.classes) == 2 {
		s.judgeByPositive()
	} else {
		s.judgeByMacro()
	}
	return s
}

func (s *Scores) judgeByPositive() {
	class := s.PerClass[positive]
	s.Averaging, s.Positive = PositiveClass, class.Class
	s.Precision, s.Recall, s.F1, s.Support = class.Precision, class.Recall, class.F1, class.Support
	s.ZeroDivisions = class.zeroDivisions()
}

func (s *Scores) judgeByMacro() {
	s.Averaging, s.Support = Macro, s.Rows
	occurring := 0
	for _, class := range s.PerClass {
		if class.Support == 0 && class.Predicted == 0 {
			continue
		}
		occurring++
		s.Precision += class.Precision
		s.Recall += class.Recall
		s.F1 += class.F1
		s.ZeroDivisions += class.zeroDivisions()
	}
	if occurring == 0 {
		return
	}
	s.Precision /= float64(occurring)
	s.Recall /= float64(occurring)
	s.F1 /= float64(occurring)
}

func (c *Confusion) perClass() []ClassScores {
	out := make([]ClassScores, len(c.classes))
	for i, name := range c.classes {
		gold, predicted := 0, 0
		for j := range c.classes {
			gold += c.counts[i][j]
			predicted += c.counts[j][i]
		}
		hits := c.counts[i][i]
		out[i] = ClassScores{
			Class:     name,
			Precision: ratio(hits, predicted),
			Recall:    ratio(hits, gold),
			F1:        ratio(2*hits, gold+predicted),
			Support:   gold,
			Predicted: predicted,
		}
	}
	return out
}

func (c ClassScores) zeroDivisions() int {
	n := 0
	if c.Predicted == 0 {
		n++
	}
	if c.Support == 0 {
		n++
	}
	return n
}

// ratio is a/b, and 0 where b is 0.
func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}
