package directory

import (
	"encoding/json"
	"fmt"
)

// LedgerEntry is a line of ledger.jsonl: the examples that each rank contributed to a
// committed step.
//
//	{"stage":"student","step":0,"ranks":[[["empathy",17],["sentiment",3]],[]]}
type LedgerEntry struct {
	Stage string `json:"stage"`
	Step  int    `json:"step"`
	// Lost: the step was committed and its line is lost; which examples it had is not known.
	Lost bool `json:"lost,omitempty"`
	// Ranks is indexed by rank; a rank without a share has an empty list.
	Ranks [][]ExampleID `json:"ranks"`
}

// ExampleID names an example: its task, and the number of its row over the files of the
// task's declaration, from 0. It is written as [task, row].
type ExampleID struct {
	Task string
	Row  int
}

// MarshalJSON writes [task, row].
func (id ExampleID) MarshalJSON() ([]byte, error) { return json.Marshal([2]any{id.Task, id.Row}) }

// UnmarshalJSON reads [task, row].
func (id *ExampleID) UnmarshalJSON(data []byte) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(data, &parts); err != nil {
		return err
	}
	if len(parts) != 2 {
		return fmt.Errorf("an example is [task, row], found %s", data)
	}
	if err := json.Unmarshal(parts[0], &id.Task); err != nil {
		return err
	}
	return json.Unmarshal(parts[1], &id.Row)
}

// MarshalJSON writes lists, also empty ones, never null.
func (e LedgerEntry) MarshalJSON() ([]byte, error) {
	type plain LedgerEntry
	ranks := make([][]ExampleID, len(e.Ranks))
	for i, ids := range e.Ranks {
		ranks[i] = ids
		if ids == nil {
			ranks[i] = []ExampleID{}
		}
	}
	e.Ranks = ranks
	return json.Marshal(plain(e))
}
