// Package metrics scores predictions: precision, recall, F1 and accuracy of each
// task, the confusion matrix they come from, the JSON of a run's metrics.json, and
// a table of it for a terminal.
//
// # Use
//
//	c, err := metrics.NewConfusion([]string{"none", "empathy"})
//	err = c.Add(gold, predicted)        // class indices, one pair a row
//	err = c.Merge(fromAnotherWorker)    // parts counted apart add up
//	scores := c.Scores()
//	report := metrics.Report{{Task: "empathy", Test: &scores}}
//	fmt.Println(metrics.Table(report, 80))
//
// # What the numbers mean
//
// They are scikit-learn's, over the classes that are declared. A task of two classes is
// scored by its positive class (Confusion.JudgeBy): precision, recall, F1 and support are
// that class's own, as with average="binary" and pos_label. Any other task is macro averaged:
// the unweighted mean over all declared classes, as with average="macro" and labels= all of
// them. A class without rows is one of them: leaving it out would make another number of
// classes, and another score, of another draw of the rows. Support is then the number of
// rows. Accuracy is over all rows in both cases.
//
// A precision without predictions, a recall without gold rows, and an F1 with neither are 0
// divided by 0, and count as 0 (zero_division=0). Scores names the classes without rows, and
// Warnings says what that does to a number.
//
// The package is pure: no files, no clock, no state.
package metrics
