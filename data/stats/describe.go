package stats

import (
	"context"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/leak"
	"ringmaster/data/length"
	"ringmaster/data/tokens"
)

// Options says how much is described.
type Options struct {
	// Phrases is how many noun phrases are listed, of all texts and of each class.
	Phrases int
	// Encoder, when set, has the lengths counted that a model reads; MaxLength is what a run
	// cuts them at, and Positions the most that the model can read, 0 if it knows no bound.
	Encoder              tokens.Encoder
	MaxLength, Positions int
}

// Description is what there is to say about one corpus.
type Description struct {
	Name string `json:"name"`
	// Report says what became of every row.
	Report data.Report `json:"report"`
	// Labels counts rows by class, in the order of classes.
	Labels []LabelRows `json:"labels"`
	// Distinct is the number of distinct texts that have a class, left-out ones included.
	Distinct int `json:"distinct_texts"`
	// All describes the texts that a run uses, and Classes those of each class.
	All     Texts   `json:"all"`
	Classes []Texts `json:"classes"`
	// Duplicate is the first row that was left out because it repeats another; nil if none was.
	Duplicate *data.LeftOut `json:"first_duplicate,omitempty"`

	// Leaks are pairs of parts, with what the one has of the other's texts.
	Leaks []leak.Pair `json:"leaks"`
	// Length says how many texts a run cuts; nil without an encoder.
	Length *length.Report `json:"length,omitempty"`

	parts [3]part
	leaks *leak.Report
}

// LabelRows says what became of the rows of one class:
// Rows = Duplicates + Overlaps + Limited + Train + Valid + Test.
type LabelRows struct {
	Class      string `json:"class"`
	Rows       int    `json:"rows"`
	Duplicates int    `json:"duplicates"`
	Overlaps   int    `json:"overlaps"`
	Limited    int    `json:"limited"`
	Train      int    `json:"train"`
	Valid      int    `json:"valid"`
	Test       int    `json:"test"`
}

// Texts describes texts: their length in words and sentences, and their noun phrases.
type Texts struct {
	Class     string        `json:"class,omitempty"` // empty: of all classes
	Words     Lengths       `json:"words"`
	Sentences Lengths       `json:"sentences"`
	Tokens    *Lengths      `json:"tokens,omitempty"` // nil without an encoder, and of one that reads words
	Phrases   []PhraseCount `json:"phrases"`

	wordCounts []int // sorted
}

// Describe reads a task's corpus, as a run would, and describes it.
func Describe(ctx context.Context, baseDir string, task config.Task, o Options) (*Description, error) {
	corpus, trace, err := data.LoadTraced(ctx, baseDir, task)
	if err != nil {
		return nil, err
	}
	d := &Description{Name: task.Name, Report: corpus.Report}
	if d.parts, err = partsOf(corpus, trace); err != nil {
		return nil, err
	}
	if err := d.countLabels(corpus, trace); err != nil {
		return nil, err
	}
	if d.leaks, err = leak.Find(ctx, corpus); err != nil {
		return nil, err
	}
	d.Leaks = d.leaks.Pairs
	var tokenCounts []int // none of a model that reads words, which are counted anyway
	if o.Encoder != nil {
		lengths, err := length.Count(ctx, o.Encoder, corpus)
		if err != nil {
			return nil, err
		}
		report := length.Of(task.Name, lengths, o.Encoder, o.MaxLength)
		report.Positions = o.Positions
		if d.Length = &report; report.Unit == length.Tokens {
			tokenCounts = lengths
		}
	}
	all, byClass := newTextsCounter(), make([]*textsCounter, len(corpus.Classes))
	for class := range byClass {
		byClass[class] = newTextsCounter()
	}
	for _, part := range []data.Part{corpus.Train, corpus.Valid, corpus.Test} {
		err := part.Each(func(i int, e data.Example) error {
			if i%256 == 0 && ctx.Err() != nil {
				return context.Cause(ctx)
			}
			m := measure(e.Lines())
			if len(tokenCounts) > 0 {
				m.tokens, tokenCounts = tokenCounts[0], tokenCounts[1:]
			}
			all.add(m)
			if corpus.Kind.Is(config.KindLabels) {
				for _, label := range e.Set {
					byClass[label].add(m)
				}
				return nil
			}
			byClass[e.Class].add(m)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	d.All = all.texts("", o.Phrases)
	for class, counter := range byClass {
		d.Classes = append(d.Classes, counter.texts(corpus.Classes[class], o.Phrases))
	}
	return d, nil
}

func (d *Description) countLabels(corpus *data.Corpus, trace *data.Trace) error {
	d.Labels = make([]LabelRows, len(corpus.Classes))
	distinct := map[string]bool{}
	for class, name := range corpus.Classes {
		r := corpus.Report
		d.Labels[class] = LabelRows{
			Class: name, Train: r.Train.Classes[class], Valid: r.Valid.Classes[class], Test: r.Test.Classes[class],
		}
	}
	for _, l := range trace.LeftOut {
		if l.Class < 0 {
			continue
		}
		switch l.Why {
		case data.WhyDuplicate:
			d.Labels[l.Class].Duplicates++
			if d.Duplicate == nil {
				d.Duplicate = &l
			}
		case data.WhyOverlap:
			d.Labels[l.Class].Overlaps++
		case data.WhyLimited:
			d.Labels[l.Class].Limited++
		default:
			continue // it has no class
		}
		distinct[l.Text] = true
	}
	for i := range d.Labels {
		l := &d.Labels[i]
		l.Rows = l.Duplicates + l.Overlaps + l.Limited + l.Train + l.Valid + l.Test
	}
	for _, part := range []data.Part{corpus.Train, corpus.Valid, corpus.Test} {
		err := part.Each(func(_ int, e data.Example) error {
			distinct[e.Text] = true
			return nil
		})
		if err != nil {
			return err
		}
	}
	d.Distinct = len(distinct)
	return nil
}
