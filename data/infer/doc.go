// Package infer looks at files as people have them, and writes a run file for them (`ringmaster config init`).
//
//	found, err := infer.Infer(ctx, []string{"essays.csv"}, infer.Options{Dir: ".", Model: "minilm"})
//	if err != nil {
//		return err // one sentence: which file, what was looked at, which option to give
//	}
//	os.Stdout.WriteString(found.Text)
//
// # What it decides, and by what
//
// Files become corpora by their names (gather.go, corpus.go): files that differ in the word train, valid or test, or in the
// number of a shard, are one corpus; other files are a task each, of which the first is the target; the files of a folder with
// equal columns are one corpus.
//
// A table's delimiter is the one that gives nearly all lines the same number of fields; its first line is a header unless it
// holds a number, a long text, or a value that its column has again (delimited.go). Large files are sampled from all over,
// since a file may be sorted by its label (sample.go).
//
// The text is the column with the most words in varied cells. The label is a column of few values; names that labels usually
// have, and names of classes that the Hugging Face datasets library has written, decide between several; where nothing
// decides, it asks (roles.go, label.go). The group of a split is a column with a name like article_id or author whose values
// are in several rows each.
//
// # What is written is tried
//
// Where the files were read whole, the written run file is loaded and its corpora are read as train does (verify.go): what
// that finds, bad rows, duplicates, conflicts, texts contained in others, changes the file or stands in its comments.
package infer
