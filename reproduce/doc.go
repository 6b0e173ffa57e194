// Package reproduce runs the tables of package experiments, the paper's or a comparison over a
// person's own tasks, as runs of the ordinary engine, keeps what each leaves, and makes tables of it.
//
//	plan, err := reproduce.NewPlan(ctx, options)   // rows × choices × seeds; reads and checks, starts nothing
//	err = plan.Run(ctx)                            // computes the cells that are missing
//	result, err := reproduce.Read(dir)             // a table of what is there, with its statistics
//
// # Cells
//
// A cell is one run: a row of a table, a choice of training numbers, a seed. Its directory
// is an ordinary run directory under RUNS/cells, named by everything its scores depend on
// (coordinator's Job.Identity). It is finished when it has a cell.json, which is written
// last; a finished cell is never computed again, whichever table asks for it. One that was
// cut short goes on from its newest checkpoint.
//
// Seeds change the student: its heads, the order of the texts, dropout. The split, and the
// teachers with their seed, are the base run file's, so that a teacher is trained once for
// all rows and seeds; Options.Resplit divides the target anew for every seed.
//
// Cells are computed seed by seed, so that a table that is cut short has every row.
//
// A row that begins with a pretrained encoder has the pretraining as a cell of its own, before
// its first: one a corpus, whatever the seeds. Its key stands for the encoder's weights in the
// keys of the row's cells, so that all are known before any is computed.
//
// # What is chosen by what
//
// Where several numbers are tried for a row, the choice with the best mean F1 on the
// target's validation rows is taken, over the seeds that all choices have. Where a source is
// learnt, these rows are the source's. Test rows have no say in it.
package reproduce
