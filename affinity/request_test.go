package affinity_test

import (
	"errors"
	"math"
	"os"
	"testing"

	"ringmaster/affinity"
)

// Threads follow a request where the container has no limit; a limit goes before it.
func TestThreadsFollowTheRequest(t *testing.T) {
	limit, limited := affinity.Quota(os.DirFS("/"))
	for text, want := range map[string]float64{"": math.Inf(1), "2": 2, "1.5": 1.5, "1500m": 1.5, " 250m\n": 0.25, "0m": math.Inf(1)} {
		t.Setenv(affinity.RequestEnv, text)
		own, err := affinity.Own()
		if limited {
			want = limit
		}
		if err != nil || own.Quota != want {
			t.Errorf("%q gives %v cores (%v), want %v", text, own.Quota, err, want)
		}
	}
	if limited {
		t.Skip("this process has a CPU limit, which goes before a request")
	}
	t.Setenv("OMP_NUM_THREADS", "")
	t.Setenv(affinity.RequestEnv, "900m")
	if n, err := affinity.Threads(0); n != 1 || err != nil {
		t.Errorf("%d threads (%v), want 1", n, err)
	}
	for _, text := range []string{"two", "-1", "NaN", "m", "1e999x"} {
		t.Setenv(affinity.RequestEnv, text)
		if _, err := affinity.Own(); !errors.Is(err, affinity.ErrRequest) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
