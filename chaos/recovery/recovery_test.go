package recovery_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringmaster/chaos/recovery"
)

// at is a moment so many milliseconds into a run.
func at(ms int) time.Time { return time.UnixMilli(1_700_000_000_000 + int64(ms)) }

func moments(ms ...int) (all []time.Time) {
	for _, m := range ms {
		all = append(all, at(m))
	}
	return all
}

func TestTheLongestWaitIsThatOfTheRecovery(t *testing.T) {
	for _, c := range []struct {
		name    string
		commits []time.Time
		from    int
		want    time.Duration
	}{
		{"at once", moments(0, 10, 20, 30), 15, 10 * time.Millisecond},
		{"the step under way is no recovery", moments(0, 10, 20, 1520, 1530), 18, 1500 * time.Millisecond},
		{"what was before the fault does not count", moments(0, 5000, 5010, 5020), 4990, 10 * time.Millisecond},
		{"nothing came", moments(0, 10), 15, 0},
		{"no run", nil, 15, 0},
	} {
		if got := recovery.LongestWait(c.commits, at(c.from)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestDistribution(t *testing.T) {
	var samples []recovery.Sample
	for i := range 20 { // 1 to 20 s, 2 more where it stalled
		samples = append(samples, recovery.Sample{
			Kinds: []string{"kill"}, Recovery: time.Duration(20-i) * time.Second, Stall: time.Duration(22-i) * time.Second,
		})
	}
	samples = append(samples,
		recovery.Sample{Kinds: []string{"cut"}, Recovery: time.Second, Stall: time.Second},
		recovery.Sample{Kinds: []string{"cut", "kill"}, Recovery: 30 * time.Second, Stall: 30 * time.Second})
	want := []recovery.Row{
		{Kind: "cut", Count: 1, Median: 1, P90: 1, Worst: 1, Stalled: recovery.Stalled{Median: 1, Worst: 1}},
		{Kind: "kill", Count: 20, Median: 10, P90: 18, Worst: 20, Stalled: recovery.Stalled{Median: 12, Worst: 22}},
		{Kind: recovery.Several, Count: 1, Median: 30, P90: 30, Worst: 30, Stalled: recovery.Stalled{Median: 30, Worst: 30}},
		{Kind: recovery.All, Count: 22, Median: 10, P90: 19, Worst: 30, Stalled: recovery.Stalled{Median: 12, Worst: 30}},
	}
	got := recovery.Distribution(samples)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if rows := recovery.Distribution(nil); rows != nil {
		t.Errorf("of nothing: %v", rows)
	}
	if text := recovery.Table(got, true); !strings.Contains(text, "| kill | 20 | 10.00 | 18.00 | 20.00 | 12.00 | 22.00 |") {
		t.Errorf("the table in Markdown:\n%s", text)
	}
}
