package directory

import (
	"ringmaster/data"
	"ringmaster/data/leak"
	"ringmaster/data/length"
	"ringmaster/durable"
)

// Corpus is one task's line of corpora.json: what a person is told of a corpus when a run
// starts, for whoever looks at the run later.
type Corpus struct {
	Task   string      `json:"task"`
	Report data.Report `json:"report"`
	// Leaks are pairs of parts, with what the one has of the other's texts.
	Leaks []leak.Pair `json:"leaks"`
	// Length says how many texts are cut; nil for a pretraining, which cuts none.
	Length *length.Report `json:"length,omitempty"`
}

// Corpora is corpora.json.
func (l Layout) Corpora() string { return l.join("corpora.json") }

// WriteCorpora writes corpora.json.
func (d *Dir) WriteCorpora(list []Corpus) error {
	return d.replace(d.Corpora(), durable.JSON(list))
}

// ReadCorpora reads corpora.json; fs.ErrNotExist when a run of an older release left none.
func (l Layout) ReadCorpora() ([]Corpus, error) { return readJSON[[]Corpus](l.Corpora()) }
