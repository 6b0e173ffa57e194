package metrics

// Averaging says what a task's precision, recall and F1 are taken over.
type Averaging string

// The averagings.
const (
	// PositiveClass: the positive class alone; tasks of two classes. scikit-learn's
	// average="binary" with pos_label.
	PositiveClass Averaging = "positive class"
	// Macro: the unweighted mean over all declared classes, those without rows included.
	// scikit-learn's average="macro" with labels= all of them.
	Macro Averaging = "macro"
)

// ZeroDivision is what a precision, recall or F1 of 0/0 counts as: scikit-learn's
// zero_division.
const ZeroDivision = 0

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
	// PositiveBecause is why it is that class, where that is known.
	PositiveBecause string `json:"positive_because,omitempty"`
	// Averaged is how many classes the mean is over; 0 for PositiveClass.
	Averaged int `json:"averaged_classes,omitempty"`
	// Absent are the classes without a gold row among the rows scored; Untaught those that
	// training had no row of, as far as that is known.
	Absent   []string `json:"classes_without_rows,omitempty"`
	Untaught []string `json:"classes_without_training_rows,omitempty"`
	// Majority is the accuracy of always answering the commonest gold class: what a
	// model has to beat.
	Majority float64 `json:"majority"`
	// ZeroDivisions counts the precisions and recalls of the classes that the numbers above
	// speak of which were 0/0, and count as ZeroDivision.
	ZeroDivisions int      `json:"zero_divisions"`
	Classes       []string `json:"classes"`
	// PerClass holds every class's own numbers, in the order of Classes.
	PerClass []ClassScores `json:"per_class"`
	// Confusion is [gold][predicted]; nil where a text has not exactly one class.
	Confusion [][]int `json:"confusion,omitempty"`

	// Kappa is the quadratic kappa of ordered classes.
	Kappa *float64 `json:"quadratic_kappa,omitempty"`
	// MacroF1 is, of several labels a text, the mean of the labels' F1, and Threshold the probability from which
	// a label is given. The numbers above are the micro average then, Accuracy is the share of rows
	// whose labels are all right, and Majority that of always answering the most frequent set of labels.
	MacroF1   *float64 `json:"macro_f1,omitempty"`
	Threshold float64  `json:"threshold,omitempty"`
	// Value holds the numbers of a task that asks for a value, which has none of those above but Rows.
	Value *ValueScores `json:"value,omitempty"`
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
		if class.Support == 0 {
			s.Absent = append(s.Absent, class.Class)
		}
		s.Rows += class.Support
		correct += c.counts[i][i]
		commonest = max(commonest, class.Support)
	}
	s.Accuracy = ratio(correct, s.Rows)
	s.Majority = ratio(commonest, s.Rows)
	if len(c.classes) == 2 {
		s.judgeByPositive(c.positive)
	} else {
		s.judgeByMacro()
	}
	return s
}

func (s *Scores) judgeByPositive(positive int) {
	class := s.PerClass[positive]
	s.Averaging, s.Positive = PositiveClass, class.Class
	s.Precision, s.Recall, s.F1, s.Support = class.Precision, class.Recall, class.F1, class.Support
	s.ZeroDivisions = class.zeroDivisions()
}

func (s *Scores) judgeByMacro() {
	s.Averaging, s.Support, s.Averaged = Macro, s.Rows, len(s.PerClass)
	n := float64(len(s.PerClass))
	for _, class := range s.PerClass {
		s.Precision += class.Precision / n
		s.Recall += class.Recall / n
		s.F1 += class.F1 / n
		s.ZeroDivisions += class.zeroDivisions()
	}
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

// ratio is a/b, and ZeroDivision where b is 0.
func ratio(a, b int) float64 {
	if b == 0 {
		return ZeroDivision
	}
	return float64(a) / float64(b)
}
