// Package statistics estimates the uncertainty of scores from a few runs, and compares systems.
//
// A System has the predictions of several runs of one method, with different seeds, on the
// same test rows. Its score is the mean of its runs' scores. This number has two sources of
// uncertainty: other seeds would give other models, and other test rows other scores.
//
//	MeanAndDeviation  over seeds: the effect of the seed
//	Interval          a two-level bootstrap: the effect of seeds and rows together
//	Compare           two systems on the same rows: the difference, its interval, a p-value
//	Exchange          the same for the trained models: the effect of rows, with fixed seeds
//	Holm              p-values of several comparisons, corrected for their number
//
// # The two-level bootstrap
//
// A replicate draws seeds with replacement and, independently, rows with replacement, and
// scores the drawn seeds on the drawn rows. Seeds and rows are crossed (every model predicts
// every row), and drawing both is the pigeonhole bootstrap (Owen 2007, Annals of Applied
// Statistics 1(2)), whose variance is slightly too large rather than too small. Of n seeds
// n−1 are drawn: the variance of a mean over n drawn with replacement is too small by
// (n−1)/n, which matters for five seeds. If each seed has its own test rows (a new split per
// seed), rows are drawn separately for each drawn seed. Intervals are percentiles of the
// replicates.
//
// # Which paired test, and why
//
// The question is whether one method is better than another, also with other seeds and other
// texts. The common test that exchanges predictions row by row (approximate randomisation)
// keeps the trained models fixed. If it is used to compare methods, it finds differences that
// do not generalise to other seeds: two sets of models of the same method are found to be
// different in far more than 5% of the cases (TestTheLevelOfBothTests counts them). Therefore
// Compare draws both: seeds, as pairs of runs with the same seed, and rows, the same for both
// systems. Its p-value is the share of replicates whose difference is at least as far from the
// observed difference as the observed difference is from zero. In simulations with 186 rows and
// no true difference it rejected at the 5% level in 0 to 4% of the cases, and in more only if
// seeds matter much more than rows and are few (14% with 3 seeds, 9% with 5, 6% with 10).
// Exchange is provided for the narrower question. It is exact, by enumerating all exchanges, if
// few rows differ.
//
// One seed gives no information about other seeds: Compare then compares only these two
// models, and reports the number of seeds (Comparison.Seeds).
//
// # Scores
//
// A score is a function of a confusion matrix, or of sums over rows (System.Sums): micro F1 of the labels that were right, given
// and asked for, Pearson's r of the values' first and second moments. Both tests recompute the whole score of every
// replicate, so it need not be a mean over rows.
//
// All random numbers are derived from seeds that the caller gives; the same input gives
// bit-identical results.
package statistics
