// Package metrics scores predictions: precision, recall, F1 and accuracy of each
// task, the confusion matrix they come from, the JSON of a run's metrics.json, and
// tables of it for a terminal or a Markdown page.
//
// # Use
//
//	c, err := metrics.NewConfusion([]string{"none", "empathy"})
//	err = c.Add(gold, predicted)        // class indices, one pair a row
//	err = c.Merge(fromAnotherWorker)    // parts counted apart add up
//	scores := c.Scores()
//	report := metrics.Report{{Task: "empathy", Test: &scores}}
//	fmt.Println(metrics.Table(report, metrics.Terminal))
//
// # What the numbers mean
//
// A task of two classes is scored by its positive class, the one at index 1: with
// labels {"0": none, "1": empathy} that is empathy. Precision, recall, F1 and support
// are that class's own. Any other task is macro averaged: the unweighted mean over
// the classes that occur in the gold labels or in the predictions, which is what
// scikit-learn's precision_recall_fscore_support(average="macro") does; support is
// then the number of rows. Accuracy is over all rows in both cases.
//
// A precision without predictions and a recall without gold rows are 0 divided by 0.
// They count as 0, and Scores.ZeroDivisions says how many there were, so that a low
// number can be told from an undefined one.
//
// The package is pure: no files, no clock, no state.
package metrics
