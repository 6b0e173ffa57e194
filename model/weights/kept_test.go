package weights

import (
	"slices"
	"strings"
	"testing"
)

// A task goes on with the head of its name, or with the one that has none, if the classes are
// the same; in whatever order.
func TestHeadForATask(t *testing.T) {
	own := write(t, smallModel(t)) // sentiment, empathy, emotion/plutchik
	other := open(t, testFolder("classifier-f32"))
	for name, c := range map[string]struct {
		folder  *Folder
		task    string
		classes string
		ok      bool
		head    int
		order   []int
		why     string
	}{
		"same":              {own, "empathy", "none empathy", true, 1, nil, ""},
		"in another order":  {own, "emotion/plutchik", "anger joy fear", true, 2, []int{2, 0, 1}, ""},
		"another task":      {own, "stance", "none empathy", false, 0, nil, "sentiment, empathy, emotion/plutchik"},
		"other classes":     {own, "empathy", "none pity", false, 0, nil, "none, empathy"},
		"more classes":      {own, "empathy", "none empathy pity", false, 0, nil, "none, empathy, pity"},
		"fewer classes":     {own, "emotion/plutchik", "joy fear", false, 0, nil, "joy, fear, anger"},
		"unnamed":           {other, "whatever", "unsure none empathy", true, 0, []int{2, 0, 1}, ""},
		"unnamed, others":   {other, "whatever", "yes no maybe", false, 0, nil, "none, empathy, unsure"},
		"no head to go on":  {open(t, testFolder("encoder-f16")), "empathy", "none empathy", false, 0, nil, ""},
		"no text's head":    {open(t, testFolder("head-BertForTokenClassification"), AllowNoPooler()), "empathy", "LABEL_0 LABEL_1", false, 0, nil, ""},
		"next sentence's":   {open(t, testFolder("head-BertForNextSentencePrediction")), "empathy", "LABEL_0 LABEL_1", false, 0, nil, ""},
		"with shared names": {own, "sentiment", "positive negative", true, 0, []int{1, 0}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			m, why, ok := c.folder.HeadFor(c.task, "", strings.Fields(c.classes))
			if ok != c.ok || ok && (m.Head != c.head || !slices.Equal(m.Order, c.order)) || !strings.Contains(why, c.why) || (why == "") != (c.why == "") {
				t.Errorf("head %d in order %v, %q, %v", m.Head, m.Order, why, ok)
			}
		})
	}
}

// A class keeps its own row, whatever its number.
func TestReorderedHead(t *testing.T) {
	h := smallModel(t).Heads[2] // joy, fear, anger
	other := h.Reordered([]int{2, 0, 1})
	if got := strings.Join(other.Classes, " "); got != "anger joy fear" {
		t.Errorf("classes %s", got)
	}
	for i, class := range other.Classes {
		was := slices.Index(h.Classes, class)
		if !slices.Equal(other.Weight.Data[i*8:(i+1)*8], h.Weight.Data[was*8:(was+1)*8]) || other.Bias.Data[i] != h.Bias.Data[was] {
			t.Errorf("class %s has another class's row", class)
		}
	}
	if got := h.Classes[0]; got != "joy" {
		t.Errorf("the head itself begins with %s now", got)
	}
}
