// Package export writes rows of a corpus as files that a declaration reads back to the
// same rows.
//
//	form, err := export.FormOf(task.Data, "")           // as the corpus is declared
//	err = form.Write(w, corpus.Train, corpus.Classes)   // text and class, with a header
//	declared := form.Declare(corpus.Classes)            // the files are the caller's to add
//
// The columns bear the declared names and the label's cell holds the class. The
// declaration neither cleans nor removes duplicates nor splits: what was done once is
// not done again.
//
// # What a format cannot hold
//
// TSV has no quoting, so no text with a delimiter or a line break; CSV as it is read
// turns CR LF within a text into LF. Write refuses such a row (ErrUnwritable, with its
// number) before anything of it is written, where another program would change it.
// JSONL holds everything.
package export
