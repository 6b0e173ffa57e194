package input

// Example is one text, or two, as token ids, with what its loss is measured against.
type Example struct {
	// Task is an index into the stage's tasks, and so says which head reads the text.
	Task int `json:"t"`
	// IDs are token ids without padding; for BERT the first is [CLS].
	IDs []int32 `json:"i"`
	// Second is where token types become 1, those of a second text; 0: all are 0.
	Second int `json:"p,omitempty"`
	// Class is the gold label, where the loss uses it.
	Class int `json:"c"`
	// Set are the gold labels, ascending, and Value is the gold value, of the kinds of task with these.
	Set   []int32 `json:"s,omitempty"`
	Value float64 `json:"v,omitempty"`
	// Teacher holds the teacher's logits, one a class; nil where the loss uses none.
	Teacher []float32 `json:"l,omitempty"`
	// Masked are the positions that a masked language model predicts, ascending, and Words
	// their true token ids. A classification example has neither.
	Masked []int32 `json:"m,omitempty"`
	Words  []int32 `json:"w,omitempty"`
}
