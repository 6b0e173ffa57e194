package worker

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"ringmaster/data"
	"ringmaster/data/length"
	"ringmaster/data/tokens"
	"ringmaster/kinds"
	"ringmaster/model"
	"ringmaster/model/weights"
	"ringmaster/run/metrics"
)

// PredictOptions say which model folder answers, with which heads.
type PredictOptions struct {
	Dir string
	// Tasks name the heads that answer, in this order. Without any it is the folder's target,
	// with All every head.
	Tasks   []string
	All     bool
	Device  string
	Threads int
}

// Prediction is the answer of one head to one text.
type Prediction struct {
	// ID is the text's id as its file has it, where one was asked for.
	ID   json.RawMessage `json:"id,omitempty"`
	Task string          `json:"task"`
	// Label is the likeliest class, where a text has one class; else nil.
	Label *string `json:"label,omitempty"`
	// Labels are those given, possibly none, where a text has any number of labels; Threshold is the probability
	// from which one is given.
	Labels    *[]string `json:"labels,omitempty"`
	Threshold *float64  `json:"threshold,omitempty"`
	// Value is the number that the task asks for.
	Value *float64 `json:"value,omitempty"`
	// Deviation is the standard deviation that the model expects of it, where its head gives a variance.
	Deviation *float64 `json:"deviation,omitempty"`
	// Probabilities are those of the classes or labels; a value has none.
	Probabilities Probabilities `json:"probabilities,omitempty"`
}

// Probabilities are the probabilities of the classes or labels, in their order.
type Probabilities []ClassProbability

// ClassProbability is the probability of one class.
type ClassProbability struct {
	Class       string
	Probability float64
}

// MarshalJSON writes an object whose keys keep the order.
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

// Predictor answers texts with one head of a model folder, or several.
type Predictor struct {
	model     *model.Model
	tokenizer tokens.Encoder
	heads     []weights.Head
	cleaners  []*data.Cleaner // of each head's task
	longest   int             // tokens; 0: unbounded
	// thresholds are the probabilities from which a label is given, by task.
	thresholds data.Thresholds

	asked, cut int // texts
}

// OpenPredictor loads a folder's encoder and the wanted heads.
func OpenPredictor(ctx context.Context, o PredictOptions) (*Predictor, error) {
	folder, heads, err := openHeads(o)
	if err != nil {
		return nil, err
	}
	p := &Predictor{longest: folder.Config.Sizes().LongestText, heads: heads}
	if p.thresholds, err = data.ReadThresholds(o.Dir); err != nil {
		return nil, err
	}
	recipe, err := data.ReadRecipe(o.Dir)
	if err != nil {
		return nil, err
	}
	spec := model.Spec{Dir: o.Dir, Device: o.Device, Threads: o.Threads, Heads: p.heads}
	for _, head := range p.heads {
		clean, known := recipe.Clean[head.Task]
		if !known && recipe.Clean != nil {
			return nil, fmt.Errorf("%w: ringmaster.json of %s does not say how the texts of its task %s are cleaned, so its head is of another program: save that model and its tokenizer to a folder of their own", ErrNoTask, o.Dir, head.Task)
		}
		cleaner, err := data.NewCleaner(clean)
		if err != nil {
			return nil, err
		}
		p.cleaners = append(p.cleaners, cleaner)
		spec.Tasks = append(spec.Tasks, model.Task{Name: head.Task, Classes: len(head.Classes), Kind: head.Kind})
	}
	if p.tokenizer, err = data.OpenTokenizer(o.Dir); err != nil {
		return nil, err
	}
	// A folder of another program bounds a text's length in its tokenizer's files.
	if t, ok := p.tokenizer.(*tokens.Tokenizer); ok && t.MaxLength() > 0 {
		p.longest = min(p.longest, t.MaxLength())
	}
	if recipe.MaxLength > 0 {
		p.longest = recipe.MaxLength
	}
	sizes := folder.Config.Sizes()
	if err := tokens.Fits(p.tokenizer, o.Dir, sizes.Vocabulary, sizes.PadID); err != nil {
		return nil, err
	}
	p.model, err = model.New(ctx, spec)
	return p, err
}

// openHeads opens a folder and picks the wanted heads.
func openHeads(o PredictOptions) (*weights.Folder, []weights.Head, error) {
	folder, err := weights.Open(o.Dir)
	if err != nil {
		return nil, nil, err
	}
	all, err := folder.Heads()
	if err != nil {
		return nil, nil, err
	}
	heads, err := chosen(all, o)
	return folder, heads, err
}

// chosen picks the wanted heads.
func chosen(heads []weights.Head, o PredictOptions) ([]weights.Head, error) {
	names := make([]string, len(heads))
	for i := range heads {
		heads[i].Task = cmp.Or(heads[i].Task, "label") // a head of another program has no name
		names[i] = heads[i].Task
	}
	if o.All {
		return heads, nil
	}
	if len(o.Tasks) == 0 {
		if at := slices.IndexFunc(heads, func(h weights.Head) bool { return h.Target }); at >= 0 {
			return heads[at : at+1], nil
		}
		return nil, fmt.Errorf("%w: the model %s does not say which of its tasks is the target: name one of %s", ErrNoTask, o.Dir, strings.Join(names, ", "))
	}
	var list []weights.Head
	for i, task := range o.Tasks {
		at := slices.Index(names, task)
		switch {
		case at < 0:
			return nil, fmt.Errorf("%w: %q; the model %s has %s", ErrNoTask, task, o.Dir, strings.Join(names, ", "))
		case slices.Contains(o.Tasks[:i], task):
			return nil, fmt.Errorf("%w: %q is named twice", ErrNoTask, task)
		}
		list = append(list, heads[at])
	}
	return list, nil
}

// Close frees the model.
func (p *Predictor) Close() error { return p.model.Close() }

// Answer returns the predictions of every head for every text, in order: those for the first
// text first. Two texts are one string, as [data.JoinTexts] joins them.
func (p *Predictor) Answer(ctx context.Context, texts []string) ([]Prediction, error) {
	examples := make([]model.Example, 0, len(texts)*len(p.heads))
	for _, text := range texts {
		ids, err := p.encode(text)
		if err != nil {
			return nil, err
		}
		for task := range p.heads {
			examples = append(examples, model.Example{Task: task, IDs: ids[task].IDs, Second: ids[task].Second})
		}
	}
	logits, err := p.model.Logits(ctx, examples)
	if err != nil {
		return nil, err
	}
	answers := make([]Prediction, len(logits))
	for i, z := range logits {
		head := p.heads[examples[i].Task]
		if err := finiteLogits(z, head); err != nil {
			return nil, err
		}
		answers[i] = p.answer(head, z)
	}
	return answers, nil
}

// answer makes a prediction of a head's logits.
func (p *Predictor) answer(head weights.Head, z []float32) Prediction {
	threshold, chosen := p.thresholds[head.Task]
	if !chosen {
		threshold = metrics.DefaultThreshold
	}
	said := kinds.Of(head.Kind).Answer(z, threshold)
	a := Prediction{Task: head.Task}
	switch {
	case said.Class >= 0:
		a.Label = &head.Classes[said.Class]
	case said.Set != nil:
		given := kinds.Names(head.Classes, said.Set)
		a.Labels, a.Threshold = &given, &threshold
	default:
		a.Value, a.Deviation = &said.Value, said.Deviation
	}
	for c, probability := range said.Probabilities {
		a.Probabilities = append(a.Probabilities, ClassProbability{head.Classes[c], probability})
	}
	return a
}

// encode returns a text's token ids for each head, whose tasks may clean it differently. It
// counts the texts, and those that are cut because the model reads no more.
func (p *Predictor) encode(text string) (ids []tokens.Pair, err error) {
	p.asked++
	cut := false
	known := map[string]tokens.Pair{}
	for _, cleaner := range p.cleaners {
		clean := cleaner.CleanWhole(text)
		if known[clean].IDs == nil {
			read, short, err := tokens.Sequence(p.tokenizer, clean, p.longest)
			if err != nil {
				return nil, err
			}
			cut = cut || short
			known[clean] = read
		}
		ids = append(ids, known[clean])
	}
	if cut {
		p.cut++
	}
	return ids, nil
}

// Cut is a sentence that says how many of the texts so far were longer than the model reads;
// empty if none was.
func (p *Predictor) Cut() string {
	if p.cut == 0 {
		return ""
	}
	texts, were := "texts", "were"
	if p.cut == 1 {
		were = "was"
	}
	if p.asked == 1 {
		texts = "text"
	}
	return fmt.Sprintf("%d of %d %s %s cut at %d %s, the most that the model reads; the rest was ignored",
		p.cut, p.asked, texts, were, p.longest, length.UnitOf(p.tokenizer))
}

// finiteLogits rejects logits that are not finite. Loaded weights are finite, but can be so
// large that results are not.
func finiteLogits(logits []float32, head weights.Head) error {
	for c, z := range logits {
		if !finite(float64(z)) {
			return fmt.Errorf("%w: the output %s of task %s is %v: the model's weights are too large, or its training went wrong",
				ErrNotFinite, head.Classes[c], head.Task, z)
		}
	}
	return nil
}
