package data_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"ringmaster/config"
	"ringmaster/data"
)

// A declared corpus becomes numbered rows in three parts.
func ExampleLoad() {
	dir, err := os.MkdirTemp("", "data")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	text := "essay,empathy\nI feel for her,1\nNothing new here,0\nI feel for her,1\nSee www.example.org,0\n"
	if err := os.WriteFile(filepath.Join(dir, "messages.csv"), []byte(text), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	corpus, err := data.Load(context.Background(), dir, config.Task{Name: "empathy", Data: config.Data{
		Train: config.Files{"messages.csv"}, Format: config.CSV, Text: "essay", Label: "empathy",
		Labels: config.Labels{{From: "0", To: "none"}, {From: "1", To: "empathy"}},
		Split:  config.Split{Train: 1},
		Clean:  config.Clean{Dedup: true, URLs: true},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = corpus.Train.Each(func(_ int, e data.Example) error {
		_, err := fmt.Println(e.Row, corpus.Classes[e.Class], e.Text)
		return err
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// 0 empathy I feel for her
	// 1 none Nothing new here
	// 3 none See <URL>
}
