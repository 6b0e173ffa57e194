package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"ringmaster/durable"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"shade": shade, "swatch": func(i int) int { return i % palette }, "percent": percent,
}).Parse(pageText))

// WriteFiles writes a page into a directory, as report.html and report.md.
func WriteFiles(dir string, p *Page) error {
	html, markdown := Files(dir)
	if err := durable.WriteFile(html, 0o644, func(w io.Writer) error { return HTML(w, p) }); err != nil {
		return err
	}
	return durable.WriteFile(markdown, 0o644, func(w io.Writer) error { return Markdown(w, p) })
}

// HTML writes a page as one file that needs nothing else.
func HTML(w io.Writer, p *Page) error {
	if err := pageTemplate.Execute(w, p); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// shade is how dark a cell of a confusion matrix is, 0 to 10: its share of the row.
func shade(row []int, n int) int {
	sum := 0
	for _, k := range row {
		sum += k
	}
	if sum == 0 {
		return 0
	}
	return (10*n + sum/2) / sum
}

// Markdown writes a page in Markdown; charts are given in numbers.
func Markdown(w io.Writer, p *Page) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n", escape(p.Title), escape(p.Subtitle))
	if len(p.Differences) > 0 {
		fmt.Fprintf(&b, "\n## %s\n\n", p.DifferencesTitle())
		list(&b, p.Differences)
	}
	if len(p.Warnings) > 0 {
		b.WriteString("\n## Missing from this report\n\n")
		list(&b, p.Warnings)
	}
	for _, s := range p.Sections {
		fmt.Fprintf(&b, "\n## %s\n", escape(s.Title))
		paragraph(&b, s.Intro)
		for _, t := range s.Tables {
			t.markdown(&b)
		}
		for _, c := range s.Charts {
			if len(c.Numbers.Rows) > 0 {
				fmt.Fprintf(&b, "\n%s\n", escape(c.Title))
				c.Numbers.markdown(&b)
			}
		}
		for _, c := range s.Confusions {
			fmt.Fprintf(&b, "\n%s\n", escape(c.Title))
			c.table().markdown(&b)
		}
		for _, m := range s.Mistakes {
			m.markdown(&b)
		}
		paragraph(&b, s.Outro)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func list(b *strings.Builder, items []string) {
	for _, item := range items {
		fmt.Fprintf(b, "- %s\n", escape(item))
	}
}

func paragraph(b *strings.Builder, text string) {
	if text != "" {
		fmt.Fprintf(b, "\n%s\n", escape(text))
	}
}

func (t Table) markdown(b *strings.Builder) {
	b.WriteString("\n|")
	for _, h := range t.Header {
		fmt.Fprintf(b, " %s |", escape(h))
	}
	b.WriteString("\n|")
	for i := range t.Header {
		b.WriteString(map[bool]string{true: "---|", false: "---:|"}[i == 0])
	}
	b.WriteString("\n")
	for _, row := range t.Rows {
		b.WriteString("|")
		for _, cell := range row {
			fmt.Fprintf(b, " %s |", escape(cell))
		}
		b.WriteString("\n")
	}
}

func (c Confusion) table() Table {
	t := Table{Header: append([]string{"gold \\ predicted"}, c.Classes...)}
	for g, row := range c.Counts {
		cells := []string{c.Classes[g]}
		for _, n := range row {
			cells = append(cells, fmt.Sprint(n))
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

func (m Mistake) markdown(b *strings.Builder) {
	note := ""
	if m.Note != "" {
		note = "; " + m.Note
	}
	text := m.Text
	if text == "" {
		text = "(the text could not be read)"
	}
	fmt.Fprintf(b, "\n- row %d: **%s**, predicted **%s** (%.0f%% for the correct class%s)\n\n  > %s\n",
		m.Row, escape(m.Gold), escape(m.Predicted), 100*m.Probability, note, escape(strings.Join(strings.Fields(text), " ")))
}

// escape keeps text from being taken for Markdown or HTML.
func escape(text string) string {
	return strings.NewReplacer("\\", "\\\\", "|", "\\|", "*", "\\*", "_", "\\_", "`", "\\`", "<", "&lt;", "[", "\\[", "#", "\\#").Replace(text)
}
