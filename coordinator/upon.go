package coordinator

import (
	"fmt"

	"ringmaster/data/tokens"
	"ringmaster/model/weights"
)

// Upon is the job with another encoder to begin with, of the same shape and vocabulary as
// its own. The folder, an absolute path, need not be there before Run; until then key stands
// for its weights, also in Identity.
func (j *Job) Upon(folder, key string) *Job {
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

// opened is the job with its encoder at hand.
func (j *Job) opened() (*Job, error) {
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
		return nil, &refusal{fmt.Errorf("the encoder %s has another vocabulary than the one its texts were made tokens for", dir)}
	}
	return &other, nil
}
