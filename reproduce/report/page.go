package report

import "html/template"

// Page is a report.
type Page struct {
	Title    string
	Subtitle string
	// Reproduces says that the page is of one of the paper's tables.
	Reproduces bool
	// Differences are what sets this apart from the paper, or else what was run: a sentence each.
	Differences []string
	// Warnings are what could not be shown, and why.
	Warnings []string
	Sections []Section
}

// Section is a part of a page; what it lacks is left out.
type Section struct {
	Title      string
	Intro      string
	Tables     []Table
	Charts     []Chart
	Confusions []Confusion
	Mistakes   []Mistake
	Outro      string
}

// Table is text in columns; the first column reads from the left, the others from the right.
type Table struct {
	Header []string
	Rows   [][]string
}

// Chart is a picture with its numbers.
type Chart struct {
	Title string
	SVG   template.HTML // made by this package, from numbers and escaped names
	// Legend names the series, in the order of their colours; one series needs none.
	Legend []string
	// Numbers are the chart in a few numbers, for where there are no pictures.
	Numbers Table
}

// Confusion is a confusion matrix, [gold][predicted].
type Confusion struct {
	Title   string
	Classes []string
	Counts  [][]int
}

// Mistake is a text that was misread.
type Mistake struct {
	Row             int
	Gold, Predicted string
	// Probability is what the model gave the right class.
	Probability float64
	Note        string
	Text        string // empty where it could not be read
}

// DifferencesTitle heads Differences.
func (p *Page) DifferencesTitle() string {
	if p.Reproduces {
		return "Differences from the paper"
	}
	return "Setup"
}
