// Package data turns a declared corpus (config.Data) into numbered examples.
//
// # What it does
//
// Load reads the files of one task's declaration, gives every record a number,
// finds its text and its class, cleans the text, removes duplicates, divides the
// rows into training, validation and test parts, and reports what became of
// every single row:
//
//	corpus, err := data.Load(ctx, run.BaseDir, run.Tasks[0])
//	if err != nil {
//		return err // one sentence: which file, which line, what to do
//	}
//	fmt.Print(&corpus.Report)
//	for _, e := range corpus.Train {
//		fmt.Println(e.Row, corpus.Classes[e.Class], e.Text)
//	}
//
// LoadTraced also names every single row that is left out or that cleaning changed;
// LoadCleaned stops before the split.
//
// # Files
//
// CSV follows RFC 4180 (quoted fields may hold the delimiter and line breaks);
// TSV has no quoting, so a quotation mark is a character; JSONL has one object a
// line, or is one array of objects; Parquet is read by its columns (parquetfile);
// lines and paragraphs are plain text, a document a line or up to a blank one.
// Lines may end in LF or CRLF, a file may start with a UTF-8 byte order mark, and
// blank lines are no records. Every line number counts the lines of the file from
// 1, the header included, and names the line a record starts on; of Parquet it is
// the number of the row.
//
// Files of text may be compressed; package textfile says how, and what it refuses.
// Only regular files are opened (inputfile): a pipe or a device is refused at once.
//
// Texts reads the texts of a file for whoever asks a model about them, by the same
// rules: what would be a bad row is an error there.
//
// # Rows
//
// A row's number is the 0-based number of its record over all files of the
// declaration, in declared order (path; or train, then valid, then test). It
// counts bad and dropped records too, so it depends on nothing but the files.
//
// # What becomes of a row
//
// A row is bad if it cannot be read as declared: a wrong number of fields, no
// text, a label the map lacks. Bad rows are counted by reason and the first ones
// named; more than max_bad of them is an error. A broken quotation counts as as
// many bad rows as it swallowed lines, since nobody knows how many were lost.
//
// A row is dropped if the declaration says so: its labels have no class, or
// (several_labels: drop) not exactly one, or its text matches a pattern of
// clean.drop. In a row of several labels those without a class do not count: the
// row is kept if the others have one class in common.
//
// Duplicates (same cleaned text, same class) go after the first. The same text
// with another class is kept, and reported as a conflict. Validation and test
// rows that come in files of their own stay as they were published, duplicates
// included; a training row whose text stands among them is removed instead,
// whatever its class and whether or not dedup is on: a leak costs more than a row.
//
// The report's numbers add up:
//
//	read = bad + dropped + duplicates + overlaps + limited + train + valid + test
//
// # The split
//
// The split is stratified by class and depends on the seed and the texts alone,
// not on a random generator, the machine, or the order of the rows: distinct texts
// are ordered by SHA-256 of seed and text, and each class takes its training,
// validation and test rows in that order. A corpus that gains a row keeps nearly
// all others where they were. Rows of one text never come to stand in two parts.
// Part sizes are exact, and each class's share of each part is exact to within
// one, both counted in distinct texts.
//
// With split.group, rows of one value of that column stay in one part; with split.contained,
// texts that stand inside one another (package shingles). Groups are dealt
// whole, the largest first and those of one size in the order of SHA-256 of seed and group;
// each goes where the parts' shares of the rows, and of each class, suffer least (group.go).
// No part that is asked for is empty. A row whose group is empty is bad. Groups come before
// texts: where two groups have a text in common, and one is tested on, the training row goes.
package data
