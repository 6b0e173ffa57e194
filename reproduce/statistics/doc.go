// Package statistics says how far a number from a few runs can be trusted.
//
// A System is what several runs of one method, which differ in their seed, said of the
// same test rows. Its score is the mean of its runs' scores. Two things make that number
// uncertain: other seeds would have given other models, and other test rows other scores.
//
//	MeanAndDeviation  over seeds: what another seed does
//	Interval          a two-level bootstrap: what other seeds and other rows do together
//	Compare           two systems on the same rows: the difference, its interval, a p-value
//	Exchange          the same for the models at hand: what other rows do, seeds held fast
//	Holm              p-values of several comparisons, corrected for their number
//
// # The two-level bootstrap
//
// A replicate draws seeds with replacement and, independently, rows with replacement, and
// scores the drawn seeds on the drawn rows. Seeds and rows are crossed (every model
// answers every row), and drawing both is the pigeonhole bootstrap (Owen 2007, Annals of
// Applied Statistics 1(2)), whose variance is a little too large rather than too small.
// Of n seeds n−1 are drawn: the variance of a mean over n drawn with replacement is too
// small by (n−1)/n, which is much when there are five.
// Where each seed has test rows of its own (a new split a seed), each drawn seed's rows
// are drawn for themselves. Intervals are the percentiles of the replicates.
//
// # Which paired test, and why
//
// The question is whether one method is better than another: would it be with other seeds
// and other texts? The often used exchange of answers row by row (approximate randomisation)
// holds the trained models fast. Asked about methods it finds differences that another
// seed would not show: two batches of models of one and the same method come out
// "different" far more often than one time in twenty (TestTheLevelOfBothTests counts it).
// So Compare draws both: seeds, as pairs of runs of the same seed, and rows, the same for
// both systems. Its p-value is the share of replicates whose difference is at least as far
// from the observed difference as that is from zero. In simulations with 186 rows it
// rejected at 5% what does not differ 0 to 4% of the time, and more only where seeds matter
// much more than rows and are few (14% with 3 seeds, 9% with 5, 6% with 10). Exchange is
// kept beside it for the narrower question, and is exact, by going through every exchange,
// where the rows that differ are few.
//
// With one seed nothing is known of other seeds: Compare then speaks of these two models
// only, and says so (Comparison.Seeds).
//
// All draws are from seeds that the caller gives; the same input gives the same bits.
package statistics
