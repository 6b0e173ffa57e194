package coordinator

import (
	"testing"

	"ringmaster/config"
	"ringmaster/coordinator/plan"
	"ringmaster/data"
	"ringmaster/data/tokens"
)

// A teacher that learnt in another precision is another teacher, and is not taken for it.
func TestATeachersKeyKnowsItsPrecision(t *testing.T) {
	key := func(p config.Precision) string {
		run := config.Defaults()
		run.Train.Precision = p
		r := &running{job: &Job{Run: &run, Tokenizer: &tokens.Tokenizer{}}}
		k, err := r.teacherKey(&Task{Corpus: &data.Corpus{}}, plan.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	full, again, half := key(config.Float32), key(config.Float32), key(config.BFloat16)
	if full != again || full == half {
		t.Error("the key of a teacher does not follow its precision")
	}
}
