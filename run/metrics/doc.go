// Package metrics scores predictions: precision, recall, F1 and accuracy of each task from
// its confusion matrix, the JSON of a run's metrics.json, and a table for a terminal.
//
// # Use
//
//	c, err := metrics.NewConfusion([]string{"none", "empathy"})
//	err = c.Add(gold, predicted)        // class indices, one pair per row
//	err = c.Merge(fromAnotherWorker)    // adds the counts of another part
//	scores := c.Scores()
//	report := metrics.Report{{Task: "empathy", Test: &scores}}
//	fmt.Println(metrics.Table(report, 80))
//
// # Definitions
//
// Scores are those of scikit-learn, over the declared classes. A task of two classes is scored
// on its positive class (Confusion.JudgeBy): precision, recall, F1 and support are those of that
// class, as with average="binary" and pos_label. Any other task uses the macro average, the
// unweighted mean over all declared classes, as with average="macro" and labels= all of them,
// including classes without rows: otherwise the number of classes, and the score, would depend
// on the sample of rows. Support is then the number of rows. Accuracy is over all rows in
// both cases.
//
// A precision without predictions, a recall without gold rows, and an F1 with neither are 0
// divided by 0, and count as 0 (zero_division=0). Scores names the classes without rows, and
// Warning describes the effect on a score.
//
// The package is pure: no files, no clock, no state.
package metrics
