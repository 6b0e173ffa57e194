package job

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/inputfile"
	"ringmaster/kinds"
	"ringmaster/run/directory"
	"ringmaster/screen"
)

// Answers are what a teacher elsewhere said, such as a large language model: probabilities, or values.
type Answers struct {
	hash       string // of the file's content
	unanswered config.Unanswered
	name       string // of the file, as the run file has it
	texts      []string
	byText     map[string][]float64
	byRow      map[int][]float64
	logits     map[directory.RowKey][]float32
	several    int // training texts that have several answers
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
			return nil, fmt.Errorf("%s: %w", records.place(), err)
		}
	}
}

func hashOfFile(path string) (string, error) {
	f, err := inputfile.Open(path)
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
		if before, known = a.byText[new.text]; !known {
			a.texts = append(a.texts, new.text)
		}
		a.byText[new.text] = new.said
	}
	if known && !slices.Equal(before, new.said) {
		return errors.New("the same text or row has another answer before")
	}
	return nil
}

// said gathers what is said of one text. Texts that cleaning makes equal, or rows with one text, may have several answers: the
// teacher's is their mean then.
type said struct {
	first, sum []float64
	times      int
	differ     bool
}

func (s *said) add(numbers []float64) {
	switch s.times++; s.times {
	case 1:
		s.first = numbers
		return
	case 2:
		s.sum = slices.Clone(s.first)
	}
	s.differ = s.differ || !slices.Equal(s.first, numbers)
	for i, x := range numbers {
		s.sum[i] += x
	}
}

func (s *said) mean() []float64 {
	if !s.differ {
		return s.first
	}
	mean := make([]float64, len(s.sum))
	for i, x := range s.sum {
		mean[i] = x / float64(s.times)
	}
	return mean
}

// saidOf is what is gathered of a text.
func saidOf(all map[string]*said, text string) *said {
	if all[text] == nil {
		all[text] = &said{}
	}
	return all[text]
}

// match finds an answer for each training row of a task: by the row's number, or by its text, as it stands in the
// file of answers or after the task's cleaning.
func (a *Answers) match(t *Task, notify Notify) error {
	cleaner, err := data.NewCleaner(t.Data.Clean)
	if err != nil {
		return err
	}
	cleaned := map[string]*said{}
	for _, text := range a.texts {
		saidOf(cleaned, cleaner.CleanWhole(text)).add(a.byText[text])
	}
	answered, gold := map[string]*said{}, map[string]*said{}
	several := map[string]bool{}
	var missing []int
	err = t.Corpus.Train.Each(func(_ int, e data.Example) error {
		p, known := a.byRow[e.Row]
		if !known {
			p, known = a.byText[e.Text]
		}
		if all := cleaned[e.Text]; !known && all != nil {
			p, known, several[e.Text] = all.mean(), true, all.differ
		}
		if !known {
			missing = append(missing, e.Row)
			saidOf(gold, e.Text).add(t.Meaning().Certain(GoldOf(e), len(t.Corpus.Classes)))
			return nil
		}
		saidOf(answered, e.Text).add(p)
		return nil
	})
	if err != nil {
		return err
	}
	a.logits = map[directory.RowKey][]float32{}
	for _, all := range []map[string]*said{gold, answered} { // an answer stands above the labels of rows without
		for text, s := range all {
			several[text] = several[text] || s.differ
			a.logits[directory.RowKeyOf(text)] = t.Meaning().Logits(s.mean())
		}
	}
	for _, are := range several {
		if are {
			a.several++
		}
	}
	return a.tell(t, missing, notify)
}

// tell says how many rows have an answer, and refuses too few.
func (a *Answers) tell(t *Task, missing []int, notify Notify) error {
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
	if a.several > 0 {
		notify("teacher of %s: %s several answers, of rows with one text or texts that cleaning makes equal; their mean is used",
			t.Name, screen.Count(a.several, "training text has", "training texts have"))
	}
	return nil
}

// Key is what answers are known by in the store of logits: their file's content, what stands for those that it
// lacks, and whether some are means.
func (a *Answers) Key() string {
	key := "answers " + string(a.unanswered) + " " + a.hash
	if a.several > 0 {
		key += " means"
	}
	return key
}

// Logits are those of a training row.
func (a *Answers) Logits(row directory.RowKey) ([]float32, bool) {
	logits, ok := a.logits[row]
	return logits, ok
}
