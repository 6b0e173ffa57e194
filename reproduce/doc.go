// Package reproduce computes the tables of package experiments (the paper's tables, or a comparison
// on a user's own tasks) with normal runs, keeps their results, and writes the tables.
//
//	plan, err := reproduce.NewPlan(ctx, options)   // rows × choices × seeds; reads and checks, starts nothing
//	err = plan.Run(ctx)                            // computes the missing cells
//	result, err := reproduce.Read(dir)             // a table of the finished cells, with its statistics
//
// # Cells
//
// A cell is one run: a row of a table, a choice of hyperparameters, a seed. Its directory
// is an ordinary run directory under RUNS/cells, named by everything its scores depend on
// (coordinator's Job.Identity). It is finished when it has a cell.json, which is written
// last; a finished cell is never computed again, for any table. An interrupted cell continues
// from its newest checkpoint.
//
// Seeds change the student: its initial heads, the order of the texts, dropout. The split, and the
// teachers with their seed, are those of the base run file, so that a teacher is trained once for
// all rows and seeds; with Options.Resplit the target is split anew for every seed.
// With Options.Folds the cells are those of a cross-validation: each seed has another fold as its test part (folds.go).
//
// Cells are computed seed by seed, so that an interrupted table has all rows.
//
// A row that starts from a pretrained encoder has the pretraining as a separate cell, before
// its first: one per corpus, for all seeds. In the keys of the row's cells the key of the
// pretraining represents the encoder's weights, so that all keys are known in advance.
//
// # Choices
//
// If several hyperparameters are tried for a row, the choice with the best mean F1 on the
// target's validation rows is used, over the seeds that all choices have. With a source task,
// the source's validation rows are used. Test rows are never used for choices.
//
// # Searches
//
// A hyperparameter search (NewSearch) draws settings by package search and trains them as cells that are scored on
// validation rows only. The winner's cell is then scored again, with its test rows.
package reproduce
