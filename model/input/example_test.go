package input

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// An example arrives as it was sent: no two fields share a key, which encoding/json would leave out without a word.
func TestExampleTravels(t *testing.T) {
	sent := Example{
		Task: 1, IDs: []int32{2, 3}, Second: 4, Class: 5, Set: []int32{6}, Value: 7, Teacher: []float32{8}, Masked: []int32{9}, Words: []int32{10},
	}
	text, err := json.Marshal(sent)
	if err != nil {
		t.Fatal(err)
	}
	var got Example
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sent, got); diff != "" {
		t.Errorf("sent (-), arrived (+):\n%s", diff)
	}
}
