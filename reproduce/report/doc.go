// Package report makes a page of a run, or of an experiment: one HTML file that needs
// nothing else, and the same in Markdown.
//
//	page, err := report.Of(ctx, dir)        // a run directory, or an experiment's
//	err = report.WriteFiles(dir, page)      // report.html, report.md
//
// What differs from the paper stands first: encoder, corpora, vectors. Then the tables,
// the curves, the confusion matrices, and the texts that went most wrong. Texts are read
// from the corpora that config.yaml declares; where they are not there any more, or are
// not what was trained on, the page says so in the place where they would stand
// (Page.Warnings), and so does whoever writes it.
//
// A Page is data; write.go makes HTML and Markdown of it.
package report
