package job

import (
	"fmt"

	"ringmaster/data"
	"ringmaster/data/tokens"
	"ringmaster/model/hub"
	"ringmaster/model/weights"
)

// WithEncoder is the job with another encoder to begin with, of the same shape and vocabulary as
// its own. The folder, an absolute path, need not be there before Run; until then key stands
// for its weights, also in Identity.
func (j *Job) WithEncoder(folder, key string) *Job {
	run, other := *j.Run, *j
	run.Model.Base = folder
	other.Run, other.Base, other.BaseHash = &run, nil, key
	other.Tasks = make([]*Task, len(j.Tasks))
	for i, t := range j.Tasks { // a pretrained encoder has no heads to go on with
		anew := *t
		anew.Kept, other.Tasks[i] = nil, &anew
	}
	return &other
}

// WithOpenEncoder is the job with its encoder at hand.
func (j *Job) WithOpenEncoder() (*Job, error) {
	if j.Base != nil {
		return j, nil
	}
	other, dir := *j, j.Run.Model.Base
	var theirs tokens.Encoder
	var err error
	if other.Base, theirs, err = OpenModel(dir, weights.AllowNoPooler()); err != nil {
		return nil, err
	}
	if theirs.Hash() != j.Tokenizer.Hash() {
		return nil, Refused(fmt.Errorf("the encoder %s has a different vocabulary from the one that the texts were tokenised with", dir))
	}
	return &other, nil
}

// openBase opens the encoder that the run begins with, and its tokenizer.
func (j *Job) openBase() error {
	dir, err := hub.Resolve(j.Run.Model.Base, j.Run.BaseDir)
	if err != nil {
		return err
	}
	if j.Base, j.Tokenizer, err = OpenModel(dir, weights.AllowNoPooler()); err != nil {
		return err
	}
	if longest := j.Base.Config.Sizes().LongestText; longest > 0 && j.Run.Train.MaxLength > longest {
		return fmt.Errorf("train.max_length is %d, but the model %s has %d positions", j.Run.Train.MaxLength, dir, longest)
	}
	j.BaseHash, err = j.Base.Hash()
	return err
}

// OpenModel opens a model folder and its tokenizer, and makes sure that they belong together.
func OpenModel(dir string, options ...weights.Option) (*weights.Folder, tokens.Encoder, error) {
	folder, err := weights.Open(dir, options...)
	if err != nil {
		return nil, nil, err
	}
	tokenizer, err := data.OpenTokenizer(dir)
	if err != nil {
		return nil, nil, err
	}
	sizes := folder.Config.Sizes()
	if err := tokens.Fits(tokenizer, dir, sizes.Vocabulary, sizes.PadID); err != nil {
		return nil, nil, err
	}
	return folder, tokenizer, nil
}
