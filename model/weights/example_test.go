package weights_test

import (
	"fmt"
	"os"
	"path/filepath"

	"ringmaster/model/weights"
	"ringmaster/model/weights/tinybert"
)

// What a model's folder says of itself, before a tensor is read.
func ExampleOpen() {
	dir, err := os.MkdirTemp("", "weights")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "model")
	if err := tinybert.Write(path, tinybert.Config(32), tinybert.Head("empathy", true, 32, "none", "empathy")); err != nil {
		fmt.Println(err)
		return
	}
	folder, err := weights.Open(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	heads, err := folder.Heads()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, h := range heads {
		fmt.Println(h.Task, h.Classes)
	}
	// Output: empathy [none empathy]
}
