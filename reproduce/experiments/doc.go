// Package experiments declares the tables of "Distilling Knowledge for Empathy Detection"
// (Hosseini & Caragea, Findings of EMNLP 2021): the systems of each table, how each is derived
// from a user's run file, and which are compared.
//
//	table, err := experiments.Find("newsemp")
//	for _, row := range table.Rows {
//		run, err := table.Derive(row, options, load)   // a run file of its own
//	}
//
// A base run file declares the target task and the tasks named sentiment and emotion. A
// row uses the target and one or both of these, sets the method, and for a baseline the
// architecture. Nothing else changes, so that rows differ only in what the table compares.
// TwittEmp's tables also define the meaning of the target's labels, so that one file with the
// columns label and content can be used for all three.
//
// Table 7 has two domains: the run file declares a source as well as the target, and marks the
// corpora to pretrain on (pretrain: true), each of which is a row (Table.For).
//
// Paper has the published numbers of these rows. Comparison is not a table of the paper: it
// compares methods on the tasks of a run file, with any names.
package experiments
