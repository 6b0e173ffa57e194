// Package screen puts words and tables where a person reads them: on a terminal that is so
// many columns wide.
//
//	screen.Count(1, "text", "texts")              // "1 text"
//	screen.Wrap(sentence, screen.Width(os.Stdout), "  ")
//	screen.Table{Header: header, Rows: rows, Texts: []int{0}}.Render(80)
//
// What does not fit is broken between words or put below; nothing is left out.
package screen
