// Package report writes a report of a run, or of an experiment: one self-contained HTML file,
// and the same in Markdown.
//
//	page, err := report.Of(ctx, dir)        // a run directory, or an experiment's
//	err = report.WriteFiles(dir, page)      // report.html, report.md
//
// The report starts with the differences from the paper: encoder, corpora, vectors. Then come
// the tables, the curves, the confusion matrices, and the worst misclassified texts. Texts are
// read from the corpora that config.yaml declares. If these are missing, or have changed since
// training, the page has a warning instead (Page.Warnings), and the command prints it too.
//
// A Page is data; write.go makes HTML and Markdown of it.
package report
