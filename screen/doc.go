// Package screen formats text and tables for a terminal of a given width.
//
//	screen.Count(1, "text", "texts")              // "1 text"
//	screen.Wrap(sentence, screen.Width(os.Stdout), "  ")
//	screen.Table{Header: header, Rows: rows, Texts: []int{0}}.Render(80)
//
// Text that does not fit is wrapped between words or moved to the next line; nothing is
// truncated.
package screen
