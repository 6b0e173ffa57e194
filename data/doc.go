// Package data reads a declared corpus (config.Data) into training, validation and test
// examples. A format is added in config/format.go and data/source.go.
//
// # What it does
//
// Load reads the files of one task's declaration, gives every record a number,
// finds its text and its class, cleans the text, removes duplicates, divides the
// rows into training, validation and test parts, and reports what happened to
// every row:
//
//	corpus, err := data.Load(ctx, run.BaseDir, run.Tasks[0])
//	if err != nil {
//		return err // one sentence: which file, which line, what to do
//	}
//	fmt.Print(&corpus.Report)
//	err = corpus.Train.Each(func(_ int, e data.Example) error {
//		_, err := fmt.Println(e.Row, corpus.Classes[e.Class], e.Text)
//		return err
//	})
//
// LoadTraced also lists every row that is left out or that cleaning changed; LoadCleaned
// stops before the split.
//
// # Files
//
// CSV follows RFC 4180 (quoted fields may hold the delimiter and line breaks);
// TSV has no quoting, so a quotation mark is a character; JSONL has one object a
// line, or is one array of objects; Parquet is read by its columns (parquetfile);
// lines and paragraphs are plain text, one document a line, or separated by blank lines.
// Lines may end in LF or CRLF, a file may start with a UTF-8 byte order mark, and
// blank lines are no records. Every line number counts the lines of the file from
// 1, the header included, and names the line a record starts on; of Parquet it is
// the number of the row.
//
// Files of text may be compressed; package textfile says how, and what it refuses.
// Only regular files are opened (inputfile): a pipe or a device is refused at once.
//
// Texts reads the texts of a file for prediction, by the same rules: what would be a bad row
// is an error there.
//
// # Rows
//
// A row's number is the 0-based number of its record over all files of the
// declaration, in declared order (path; or train, then valid, then test). It
// counts bad and dropped records too, so it depends on nothing but the files.
//
// # Bad and dropped rows
//
// A row is bad if it cannot be read as declared: a wrong number of fields, no
// text, a label the map lacks. Bad rows are counted by reason and the first ones
// named; more than max_bad of them is an error. An unclosed quotation mark counts as as many
// bad rows as the lines it spans, since the number of lost rows is unknown.
//
// A row is dropped if the declaration says so: its labels have no class, or
// (several_labels: drop) not exactly one, or its text matches a pattern of
// clean.drop. In a row of several labels those without a class do not count: the
// row is kept if the others have one class in common.
//
// Of duplicates (same cleaned text, same class) only the first is kept. The same text
// with another class is kept, and reported as a conflict. Validation and test
// rows that come in files of their own stay as they were published, duplicates
// included; a training row with one of their texts is removed instead,
// whatever its class and whether or not dedup is on: a leak costs more than a row.
//
// The report's numbers add up:
//
//	read = bad + dropped + duplicates + overlaps + limited + train + valid + test
//
// With part, the rows of path stand in the part that a column names, as if files did.
//
// # The split
//
// The split is stratified by class and depends on the seed and the texts alone,
// not on a random generator, the machine, or the order of the rows: distinct texts
// are ordered by SHA-256 of seed and text, and each class takes its training,
// validation and test rows in that order. When a corpus gains a row, nearly all others
// keep their part. Rows of one text are never in two parts.
// Part sizes are exact, and each class's share of each part is exact to within
// one, both counted in distinct texts.
//
// With split.group, rows of one value of that column stay in one part; with split.contained,
// texts that contain one another do (package shingles). Groups are assigned
// whole, the largest first and those of one size in the order of SHA-256 of seed and group;
// each goes to the part that keeps the shares of rows, and of each class, closest to the
// declared ones (group.go). No declared part is empty. A row whose group is empty is bad.
// Groups come before texts: where two groups have a text in common, and one of them is a test
// group, the training row is removed.
//
// With split.folds the rows are divided into so many folds, and the test part is split.fold: each
// row is tested once in k runs (folds.go). Validation rows are taken from the others.
//
// # Memory
//
// A corpus holds some 50 bytes a row (table.go). Texts, and the values of split.group's column, are kept once each, in a
// temporary file as soon as they are more than 16 MiB (package spool); what is said of equal texts is said by their
// numbers. This is the same for all formats, compressed or not: a file is read once, from its beginning to its end. Two
// options take all texts and their words into memory while a corpus is split: split.contained, and LoadTraced's list of rows.
//
// # Files
//
//	corpus.go, declaration.go, errors.go   Load; a declaration prepared; errors
//	source.go                              the format chosen; one reader a file:
//	csv.go, tsv.go, jsonl.go, jsonarray.go, parquet.go, plain.go
//	record.go, columns.go, lookslike.go    fields found in a record; when a file is not what it is declared as
//	labels.go, positive.go, absent.go      labels to classes; the positive class; classes without rows
//	clean.go, cleaned.go, recipe.go        cleaning; rows before the split; a model folder's recipe
//	table.go, dictionary.go, examples.go   rows in little memory, texts by their numbers; parts
//	duplicates.go                          duplicates and conflicts
//	split.go, group.go, apportion.go       the split, by class and by group
//	folds.go                               the folds of a cross-validation
//	part.go                                a column that says which part a row belongs to
//	report.go, groupreport.go, render.go, summary.go, trace.go
//	                                       what happened to the rows
//	texts.go                               texts read for prediction
//	hash.go, read.go                       a list of examples known by content; files in order
package data
