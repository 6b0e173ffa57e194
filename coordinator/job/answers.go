package job

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/kinds"
	"ringmaster/run/directory"
)

// Answers are what a teacher elsewhere said, such as a large language model: probabilities, or values.
type Answers struct {
	hash       string // of the file's content
	unanswered config.Unanswered
	name       string // of the file, as the run file has it
	byText     map[string][]float64
	byRow      map[int][]float64
	logits     map[directory.RowKey][]float32
}

// readAnswers reads a file of answers to a task of a kind, whose outputs have names.
func readAnswers(path, name string, kind config.Kind, names []string, unanswered config.Unanswered) (a *Answers, err error) {
	a = &Answers{name: name, unanswered: unanswered, byText: map[string][]float64{}, byRow: map[int][]float64{}}
	if a.hash, err = hashOfFile(path); err != nil {
		return nil, fmt.Errorf("teacher.answers: %w", err)
	}
	records, err := openAnswers(path, name, form{kind, names})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, records.close()) }()
	for {
		answer, err := records.next()
		if errors.Is(err, io.EOF) {
			return a, nil
		}
		if err == nil {
			err = answer.check(kind, names)
		}
		if err == nil {
			err = a.add(answer)
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, records.line(), err)
		}
	}
}

func hashOfFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close() // opened for reading only
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// answer is one record: of a row by its number, or of a text.
type answer struct {
	row  *int
	text string
	said []float64
}

func (a answer) check(kind config.Kind, names []string) error {
	if err := kinds.Of(kind).CheckTaught(names, a.said); err != nil {
		return err
	}
	if a.row == nil && a.text == "" {
		return errors.New("it has neither a text nor a row")
	}
	return nil
}

// add keeps an answer. Two different ones of one text or row are an error.
func (a *Answers) add(new answer) error {
	var before []float64
	var known bool
	if new.row != nil {
		before, known = a.byRow[*new.row]
		a.byRow[*new.row] = new.said
	} else {
		before, known = a.byText[new.text]
		a.byText[new.text] = new.said
	}
	for i := range before {
		if known && before[i] != new.said[i] {
			return errors.New("the same text or row has another answer before")
		}
	}
	return nil
}

// match finds an answer for each training row of a task: by the row's number, or by its text, as it stands in the
// file of answers or after the task's cleaning.
func (a *Answers) match(t *Task, notify Notify) error {
	cleaner, err := data.NewCleaner(t.Data.Clean)
	if err != nil {
		return err
	}
	cleaned := make(map[string][]float64, len(a.byText))
	for text, p := range a.byText {
		cleaned[cleaner.CleanWhole(text)] = p
	}
	a.logits = map[directory.RowKey][]float32{}
	var missing []int
	err = t.Corpus.Train.Each(func(_ int, e data.Example) error {
		p, known := a.byRow[e.Row]
		if !known {
			p, known = a.byText[e.Text]
		}
		if !known {
			p, known = cleaned[e.Text]
		}
		if !known {
			missing = append(missing, e.Row)
			p = t.Meaning().Certain(GoldOf(e), len(t.Corpus.Classes))
		}
		a.logits[directory.RowKeyOf(e.Text)] = t.Meaning().Logits(p)
		return nil
	})
	if err != nil {
		return err
	}
	rows := t.Corpus.Train.Len()
	switch {
	case len(missing) == 0:
		notify("teacher of %s: %s has an answer for each of the %d training rows", t.Name, a.name, rows)
	case len(missing) == rows:
		return fmt.Errorf("%s has an answer for none of the %d training rows of task %s: are its texts those of the corpus?", a.name, rows, t.Name)
	case a.unanswered == config.UnansweredGold:
		notify("teacher of %s: %s has no answer for %d of %d training rows; their own labels are the answers (teacher.unanswered)", t.Name, a.name, len(missing), rows)
	default:
		return fmt.Errorf("%s has no answer for %d of the %d training rows of task %s, the first of which is row %d (%s): add them, or set tasks.%s.teacher.unanswered to gold",
			a.name, len(missing), rows, t.Name, missing[0], t.Corpus.Place(missing[0]), t.Name)
	}
	return nil
}

// Key is what answers are known by in the store of logits: their file's content, and what stands for those that it
// lacks.
func (a *Answers) Key() string { return "answers " + string(a.unanswered) + " " + a.hash }

// Logits are those of a training row.
func (a *Answers) Logits(row directory.RowKey) ([]float32, bool) {
	logits, ok := a.logits[row]
	return logits, ok
}
