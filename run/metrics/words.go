package metrics

import (
	"fmt"
	"strings"
)

// Of says what precision, recall and F1 speak of.
func (s *Scores) Of() string {
	switch {
	case s.Value != nil:
		return fmt.Sprintf("%q", s.Classes[0])
	case s.Averaging == Micro:
		return fmt.Sprintf("micro average over %d labels, given from a probability of %.2f", len(s.Classes), s.Threshold)
	case s.Averaging == PositiveClass:
		return fmt.Sprintf("class %q", s.Positive)
	}
	// Scores of older releases do not say what they averaged over: it was the classes that occurred.
	if s.Averaged == 0 {
		return fmt.Sprintf("macro average over those of %d classes that occur", len(s.Classes))
	}
	return fmt.Sprintf("macro average over %d of %d classes", s.Averaged, len(s.Classes))
}

// Definition is Of with the reason for the positive class, and the classes that the part of
// that name, or training, has no row of.
func (s *Scores) Definition(part string) string {
	text := s.Of()
	if s.MacroF1 != nil {
		text += fmt.Sprintf("; macro F1 %s", percent(*s.MacroF1))
	}
	if s.Kappa != nil {
		text += fmt.Sprintf("; quadratic kappa %.3f", *s.Kappa)
	}
	if s.PositiveBecause != "" {
		text += " (" + s.PositiveBecause + ")"
	}
	for _, lack := range append(s.absent(part), withoutRows(s.Untaught, "training")...) {
		text += "; " + lack
	}
	return text
}

// absent says which classes a part has no rows of.
func (s *Scores) absent(part string) []string { return withoutRows(s.Absent, part) }

// UntaughtWarning says which classes training had no rows of; empty where it had of all.
func (s *Scores) UntaughtWarning() string {
	return strings.Join(withoutRows(s.Untaught, "training"), "")
}

func withoutRows(classes []string, where string) []string {
	switch len(classes) {
	case 0:
		return nil
	case 1:
		return []string{fmt.Sprintf("class %q has no rows in %s", classes[0], where)}
	}
	quoted := make([]string, len(classes))
	for i, class := range classes {
		quoted[i] = fmt.Sprintf("%q", class)
	}
	return []string{fmt.Sprintf("classes %s have no rows in %s", strings.Join(quoted, ", "), where)}
}

// Warning is what keeps the scores of a part from meaning what they seem to: classes without
// rows, rows of one class alone, quotients of 0/0. It is empty where nothing does.
func (s *Scores) Warning(part string) string {
	if s.Value != nil {
		if s.Value.Constant {
			return "all predicted or all gold values are equal, so no correlation is defined; it counts as 0"
		}
		return ""
	}
	clauses := s.absent(part)
	for _, class := range s.PerClass {
		if s.Averaging == Micro {
			break
		}
		if class.Support == s.Rows && s.Rows > 0 {
			clauses = append(clauses, fmt.Sprintf("every row is of class %q, so always predicting it has an accuracy of 100%%", class.Class))
		}
	}
	var never []string
	undefined := false
	for _, class := range s.judged() {
		undefined = undefined || class.zeroDivisions() > 0
		if class.Predicted == 0 {
			never = append(never, fmt.Sprintf("%q", class.Class))
		}
	}
	if len(never) > 0 {
		clauses = append(clauses, strings.Join(never, ", ")+" never predicted")
	}
	if undefined {
		clauses = append(clauses, fmt.Sprintf("0/0 counts as %d", ZeroDivision))
	}
	return strings.Join(clauses, "; ")
}

// judged are the classes that precision, recall and F1 speak of.
func (s *Scores) judged() []ClassScores {
	if s.Averaging == Macro || s.Averaging == Micro {
		return s.PerClass
	}
	for _, class := range s.PerClass {
		if class.Class == s.Positive {
			return []ClassScores{class}
		}
	}
	return nil
}
