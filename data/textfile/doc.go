// Package textfile opens text files from outside: corpora, lexicons, word vectors, lists of
// names, texts to predict.
//
// [Open] gives the text of a regular file, decompressed, past its byte order mark:
//
//	f, err := textfile.Open(path, name)
//	if err != nil {
//		return err // one sentence that names the file and what to do
//	}
//	defer f.Close()
//	line, err := f.ReadLine()
//
// [From] does the same with standard input.
//
// # What is read
//
// Plain text; gzip, zstd and bzip2; a zip archive that holds one file. The content decides,
// not the name. Only [File.Inner] looks at endings like .gz, for guessing the format from a
// name.
//
// # What is refused
//
// Other compressed files and archives, Parquet, documents and pictures are refused by
// name, UTF-16 and UTF-32 by their byte order mark or their zero bytes, and text whose
// lines end in CR alone. A text that is not UTF-8 in some places is not refused here:
// the readers of rows report bad rows.
//
// # Bounds
//
// A compressed file may give 64 MiB, and beyond that 100 times its own size
// ([ErrExpands]); a line, or a record of those readers that say where records start,
// may have 64 MiB ([ErrTooLong]).
package textfile
