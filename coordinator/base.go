package coordinator

import (
	"fmt"
	"strings"

	"ringmaster/data"
	"ringmaster/data/tokens"
	"ringmaster/model/hub"
	"ringmaster/model/weights"
)

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

// keepHeads finds the heads of the base that the tasks go on with, and says which, and which
// are begun anew though the base has heads.
func (j *Job) keepHeads(notify Notify) {
	if !j.Base.HasPooler && isBERT(j.Base) {
		notify("%s has no pooler; one is begun anew from each training's seed", j.Base.Dir)
	}
	for _, t := range j.Tasks {
		classes := t.Data.Labels.Classes()
		m, why, ok := j.Base.HeadFor(t.Name, classes)
		if ok && !j.Base.NamesTasks() && t != j.heir() {
			why, ok = "its one head goes to "+j.heir().Name, false
		}
		switch {
		case ok:
			t.Kept = &m
			notify("the head of task %s goes on from %s (classes %s)", t.Name, j.Base.Dir, strings.Join(classes, ", "))
		case why != "":
			notify("the head of task %s is begun anew: %s has none for it, since %s", t.Name, j.Base.Dir, why)
		}
	}
}

// heir is the task that goes on with a head that has no task's name: of those with its classes
// the target, or the first.
func (j *Job) heir() *Task {
	var heir *Task
	for i, t := range j.Tasks {
		if _, _, ok := j.Base.HeadFor(t.Name, t.Data.Labels.Classes()); ok && (heir == nil || i == j.Target) {
			heir = t
		}
	}
	return heir
}

func isBERT(f *weights.Folder) bool {
	_, ok := f.Config.(weights.BertConfig)
	return ok
}
