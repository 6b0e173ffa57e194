package job

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"ringmaster/data"
	"ringmaster/data/mlm"
	"ringmaster/data/tokens"
	"ringmaster/run/plan"
)

// MaskedCorpora is what a pretraining is about: texts as packed sequences.
type MaskedCorpora struct {
	Vocabulary mlm.Vocabulary
	HeldOut    []HeldOut // in the run file's order of tasks
}

// HeldOut are the sequences of one corpus that are not trained on.
type HeldOut struct {
	Corpus      string
	Valid, Test Rows
}

// preparedToPretrain is prepared for a run that pretrains: the training texts of all corpora become
// the packed sequences of one task.
func (j *Job) preparedToPretrain(ctx context.Context, cacheDir string, notify Notify) (*Job, error) {
	run := j.Run
	problems := []error{j.openBase()}
	for _, t := range run.PretrainTasks() {
		j.Tasks = append(j.Tasks, &Task{Task: t})
	}
	problems = append(problems, j.loadCorpora(ctx, notify))
	var vocabulary mlm.Vocabulary
	if problems[0] == nil {
		var err error
		vocabulary, err = j.vocabulary()
		problems = append(problems, err)
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err := errors.Join(problems...); err != nil {
		return nil, Refused(err)
	}
	if !j.Base.HasMaskedHead() {
		notify("%s has no masked-language head; one is initialised from seed %d", j.Base.Dir, run.Train.Seed)
	}
	if vocabulary.Words != nil {
		notify("whole words are masked: all tokens of a word or none")
	}
	if _, common := run.PretrainClean(); !common {
		notify("the corpora are cleaned in different ways, so the model folder's tokenizer will not clean texts")
	}
	if err := j.pack(ctx, filepath.Join(cacheDir, "tokens"), vocabulary, notify); err != nil {
		return nil, err
	}
	if err := j.CheckPlan(); err != nil {
		return nil, Refused(err)
	}
	return j, nil
}

// vocabulary is what masking has to know of the base's tokenizer.
func (j *Job) vocabulary() (mlm.Vocabulary, error) {
	t, ok := j.Tokenizer.(*tokens.Tokenizer)
	if !ok {
		return mlm.Vocabulary{}, fmt.Errorf("%s is not a BERT: a baseline cannot be pretrained as a masked language model", j.Base.Dir)
	}
	if t.MaskID() == tokens.NoID {
		return mlm.Vocabulary{}, fmt.Errorf("the vocabulary of %s has no [MASK], which pretraining needs", j.Base.Dir)
	}
	v := mlm.Vocabulary{
		Size: t.VocabSize(), Pad: t.PadID(), Unk: t.UnkID(), Cls: t.ClsID(), Sep: t.SepID(), Mask: t.MaskID(),
	}
	if !v.Ordinary() {
		return v, fmt.Errorf("the vocabulary of %s has special tokens alone: there is nothing to learn", j.Base.Dir)
	}
	if j.Run.Pretrain.WholeWords {
		v.Words = &mlm.Words{}
		v.Words.Begins, v.Words.Ends = t.WordStarts()
	}
	return v, nil
}

// pack turns the corpora into the one task of packed sequences.
func (j *Job) pack(ctx context.Context, cacheDir string, vocabulary mlm.Vocabulary, notify Notify) error {
	cache := openIDs(cacheDir, notify)
	j.Masked = &MaskedCorpora{Vocabulary: vocabulary}
	var packed []Row
	all := &Task{Task: plan.MaskedCorpora(j.Run), Corpus: &data.Corpus{Task: plan.MaskedTask}}
	for _, t := range j.Tasks {
		held := HeldOut{Corpus: t.Name}
		var train, valid, test []Row
		for _, part := range []struct {
			from data.Part
			to   *[]Row
		}{{t.Corpus.Train, &train}, {t.Corpus.Valid, &valid}, {t.Corpus.Test, &test}} {
			var err error
			if *part.to, err = j.sequences(ctx, cache, part.from); err != nil {
				return fmt.Errorf("task %s: %w", t.Name, err)
			}
		}
		notify("%s: no text is cut: they are joined into %d sequences of %d tokens to train on, %d held out",
			t.Name, len(train), j.Run.Train.MaxLength, len(valid)+len(test))
		packed = append(packed, train...)
		held.Valid, held.Test = RowsOf(valid), RowsOf(test)
		j.Masked.HeldOut = append(j.Masked.HeldOut, held)
	}
	if len(packed) == 0 {
		return Refused(errors.New("the corpora have no token to train on"))
	}
	for i := range packed {
		packed[i].Number = i
	}
	all.Train = RowsOf(packed)
	j.Tasks, j.Target = []*Task{all}, 0
	return nil
}

// sequences packs the texts of one part of a corpus.
func (j *Job) sequences(ctx context.Context, cache *idCache, part data.Part) ([]Row, error) {
	texts, err := tokens.SinglesOf(part.Texts())
	if err != nil {
		return nil, err
	}
	var set *tokens.Set
	err = cache.encode(func(kept *tokens.Cache) (err error) {
		set, err = kept.Encode(ctx, j.Tokenizer, texts, 0)
		return err
	})
	if err != nil {
		return nil, err
	}
	var failed error
	documents := func(yield func([]int32) bool) {
		for i := range set.Len() {
			ids, err := set.At(i)
			if err != nil {
				failed = err
				return
			}
			if !yield(ids[1 : len(ids)-1]) { // without [CLS] and [SEP]
				return
			}
		}
	}
	var rows []Row
	for _, ids := range mlm.Pack(documents, j.Run.Train.MaxLength, j.Masked.Vocabulary) {
		if mlm.Maskable(ids, j.Masked.Vocabulary) {
			rows = append(rows, Row{Number: len(rows), IDs: ids})
		}
	}
	return rows, failed
}
