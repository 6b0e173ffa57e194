// Package experiments declares the tables of "Distilling Knowledge for Empathy Detection"
// (Hosseini & Caragea, Findings of EMNLP 2021): which systems stand in which table, how
// each is made from a person's own run file, and which are compared.
//
//	table, err := experiments.Find("newsemp")
//	for _, row := range table.Rows {
//		run, err := table.Derive(row, options, load)   // a run file of its own
//	}
//
// A base run file declares the target task and the tasks named sentiment and emotion. A
// row takes the target and those of the two that it is about, sets the method, and for a
// baseline the architecture; nothing else changes, so that rows differ in what the table
// is about alone. TwittEmp's tables also say what the target's labels mean: one
// file, label and content, serves all three.
//
// Table 7 is about two domains: the run file names a source beside the target, and marks the
// corpora to pretrain on (pretrain: true), each of which gets a row of its own (Table.For).
//
// Paper has the numbers that the paper published for these rows. Comparison is a table that is
// not the paper's: the methods over the tasks of a run file, whatever their names.
package experiments
