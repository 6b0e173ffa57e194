package tokens_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"ringmaster/data/tokens"
)

// The ids that a model's folder gives a text: a word that the vocabulary lacks is cut into the
// longest pieces that it has.
func ExampleOpen() {
	dir, err := os.MkdirTemp("", "tokens")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	vocabulary := strings.Join([]string{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "sorry", "to", "hear", "##ing", "!"}, "\n")
	if err := os.WriteFile(filepath.Join(dir, "vocab.txt"), []byte(vocabulary), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	t, err := tokens.Open(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	ids, err := t.Encode("Sorry, hearing!", 128)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(ids)
	// Output: [2 5 1 7 8 9 3]
}
