package main

import (
	"os"
	"testing"
)

// beProgram makes the test binary the program itself, for tests that want processes.
const beProgram = "RINGMASTER_TEST_BE_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(beProgram) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}
