// Package search says which settings a hyperparameter search tries, and which of them go on. It is pure:
// package reproduce trains them.
//
//	space, err := search.ParseSpace([]string{"train.lr=loguniform(1e-5,1e-3)", "train.batch=16,32"})
//	trials := search.Draw(space, 20, seed)            // the first 20 of one endless sequence
//	rungs := search.Rungs(len(trials), 3, 3)          // successive halving: 20, 7 and 3 trials
//	best := search.Promoted(scores, rungs[1].Trials)
//
//	space.go  the dimensions of a space, and settings drawn from it
//	rungs.go  successive halving; which trials go on
package search
