package worker

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"ringmaster/data"
	"ringmaster/data/length"
	"ringmaster/data/tokens"
	"ringmaster/model"
	"ringmaster/model/weights"
)

// PredictOptions say which model answers.
type PredictOptions struct {
	Dir     string
	Task    string // empty: the folder's target
	Device  string
	Threads int
}

// predictBatch is the most texts that are asked at once.
const predictBatch = 64

// Prediction is the answer to one text.
type Prediction struct {
	Task          string        `json:"task"`
	Label         string        `json:"label"`
	Probabilities Probabilities `json:"probabilities"`
}

// Probabilities are the classes' probabilities in the classes' order.
type Probabilities []ClassProbability

// ClassProbability is one class's.
type ClassProbability struct {
	Class       string
	Probability float64
}

// MarshalJSON writes an object that keeps the order.
func (p Probabilities) MarshalJSON() ([]byte, error) {
	var b strings.Builder
	b.WriteByte('{')
	for i, c := range p {
		if i > 0 {
			b.WriteByte(',')
		}
		pair, err := json.Marshal(map[string]float64{c.Class: c.Probability})
		if err != nil {
			return nil, err
		}
		b.Write(pair[1 : len(pair)-1])
	}
	b.WriteByte('}')
	return []byte(b.String()), nil
}

// Predictor answers texts with one head of a model folder.
type Predictor struct {
	model     *model.Model
	tokenizer tokens.Encoder
	head      weights.Head
	cleaner   *data.Cleaner
	longest   int // tokens; 0: no bound

	asked, cut int // texts
}

// OpenPredictor loads a folder's encoder and the head of a task.
func OpenPredictor(ctx context.Context, o PredictOptions) (*Predictor, error) {
	folder, err := weights.Open(o.Dir)
	if err != nil {
		return nil, err
	}
	heads, err := folder.Heads()
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(heads, func(h weights.Head) bool { return h.Task == o.Task || (o.Task == "" && h.Target) })
	if at < 0 {
		names := make([]string, len(heads))
		for i, h := range heads {
			names[i] = h.Task
		}
		return nil, fmt.Errorf("%w: %q; the model %s has %s", ErrNoTask, o.Task, o.Dir, strings.Join(names, ", "))
	}
	p := &Predictor{head: heads[at], longest: folder.Config.Sizes().LongestText}
	if p.head.Task == "" {
		p.head.Task = "label"
	}
	recipe, err := data.ReadRecipe(o.Dir)
	if err != nil {
		return nil, err
	}
	if recipe.MaxLength > 0 {
		p.longest = recipe.MaxLength
	}
	if p.cleaner, err = data.NewCleaner(recipe.Clean[p.head.Task]); err != nil {
		return nil, err
	}
	if p.tokenizer, err = tokens.OpenFolder(o.Dir); err != nil {
		return nil, err
	}
	sizes := folder.Config.Sizes()
	if err := tokens.Fits(p.tokenizer, o.Dir, sizes.Vocabulary, sizes.PadID); err != nil {
		return nil, err
	}
	p.model, err = model.New(ctx, model.Spec{
		Dir: o.Dir, Device: o.Device, Threads: o.Threads, Heads: []weights.Head{p.head},
		Tasks: []model.Task{{Name: p.head.Task, Classes: len(p.head.Classes)}},
	})
	return p, err
}

// Close frees the model.
func (p *Predictor) Close() error { return p.model.Close() }

// Answer gives every text's prediction, in order.
func (p *Predictor) Answer(ctx context.Context, texts []string) ([]Prediction, error) {
	examples := make([]model.Example, len(texts))
	for i, text := range texts {
		ids, err := p.encode(p.cleaner.Clean(text))
		if err != nil {
			return nil, err
		}
		examples[i].IDs = ids
	}
	logits, err := p.model.Logits(ctx, examples)
	if err != nil {
		return nil, err
	}
	answers := make([]Prediction, len(texts))
	for i, z := range logits {
		answers[i].Task = p.head.Task
		best := 0
		for c, probability := range softmax(z) {
			answers[i].Probabilities = append(answers[i].Probabilities, ClassProbability{p.head.Classes[c], probability})
			if z[c] > z[best] {
				best = c
			}
		}
		answers[i].Label = p.head.Classes[best]
	}
	return answers, nil
}

// encode gives a text's ids, and counts it, as cut where it is longer than the model reads.
func (p *Predictor) encode(text string) ([]int32, error) {
	p.asked++
	if p.longest == 0 {
		return p.tokenizer.Encode(text, 0)
	}
	ids, err := p.tokenizer.Encode(text, p.longest+1) // one more tells whether there are more
	if err != nil {
		return nil, err
	}
	if len(ids) > p.longest {
		p.cut++
	}
	return p.tokenizer.Truncate(ids, p.longest), nil
}

// Cut says in a sentence how many of the texts so far were longer than the model reads;
// empty if none was.
func (p *Predictor) Cut() string {
	if p.cut == 0 {
		return ""
	}
	were := "were"
	if p.cut == 1 {
		were = "was"
	}
	return fmt.Sprintf("%d of %d texts %s cut at %d %s, the most that the model reads; what comes after was not looked at",
		p.cut, p.asked, were, p.longest, length.UnitOf(p.tokenizer))
}

func softmax(logits []float32) []float64 {
	top := float64(slices.Max(logits))
	sum := 0.0
	p := make([]float64, len(logits))
	for i, l := range logits {
		p[i] = math.Exp(float64(l) - top)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// Lines answers every line of in with a line of JSON on out, in order. It answers as
// soon as no further line is waiting, so that a person or a program at the other end
// of a pipe gets each answer before the next question.
func (p *Predictor) Lines(ctx context.Context, in io.Reader, out io.Writer) error {
	lines := bufio.NewReaderSize(in, 1<<20)
	encode := json.NewEncoder(out)
	encode.SetEscapeHTML(false)
	for {
		texts, err := waiting(lines)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read texts: %w", err)
		}
		if len(texts) > 0 {
			answers, err := p.Answer(ctx, texts)
			if err != nil {
				return err
			}
			for _, a := range answers {
				if err := encode.Encode(a); err != nil {
					return fmt.Errorf("write predictions: %w", err)
				}
			}
		}
		if err != nil {
			return nil
		}
	}
}

// waiting reads a line and those that are there already, up to a batch.
func waiting(lines *bufio.Reader) (texts []string, err error) {
	for len(texts) < predictBatch {
		line, err := lines.ReadString('\n')
		if line != "" {
			texts = append(texts, strings.TrimRight(line, "\r\n"))
		}
		if err != nil {
			return texts, err
		}
		if lines.Buffered() == 0 {
			break
		}
	}
	return texts, nil
}
