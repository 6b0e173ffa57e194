// Package parquetfile reads chosen columns of a Parquet file, row by row.
//
// Parquet is how data sets are published on the Hugging Face hub and how pandas and
// Spark save tables. This package reads of such a file what a corpus needs, texts,
// labels and ids, with parquet-go behind it:
//
//	f, err := parquetfile.Open(path, name)
//	if err != nil {
//		return err // one sentence that names the file
//	}
//	defer f.Close()
//	rows, err := f.Rows("text", "label")
//	for {
//		cells, err := rows.Next() // io.EOF at the end
//		…
//	}
//
// A column is named by its name, or of a nested one by the names on the way to it with
// dots between. A list gives a cell of several values. Only the pages of the chosen
// columns are read.
//
// parquet-go panics at some damaged files; that, and every other damage, is an
// ErrDamaged here. What a file claims of its own sizes is checked before memory is
// taken for it, and texts of more than 100 times the file's size (64 MiB are always
// granted) are ErrExpands.
package parquetfile
