package main

import (
	"fmt"
	"os"
	"sync"
)

// noticed holds the notices written so far: a table reads its run file for every row.
var noticed sync.Map

// notice writes a notice about a run file to standard error, once.
func notice(text string) {
	if _, again := noticed.LoadOrStore(text, true); !again {
		fmt.Fprintln(os.Stderr, "ringmaster:", text)
	}
}
