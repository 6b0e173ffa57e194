package coordinator

import (
	"flag"
	"os"
	"testing"
)

// waitingTests is how many tests may wait at a time: those that watch a run wait for seconds
// need no processor meanwhile.
const waitingTests = "16"

func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		if err := flag.Set("test.parallel", waitingTests); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
