package archtest

import "testing"

func TestRulesAllowAndForbid(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     bool
	}{
		{"config", "data", false},
		{"allreduce", "config", false},
		{"allreduce/natsring", "allreduce", true},
		{"data/tokens", "config", true},
		{"data", "model/weights", false},
		{"coordinator/core", "run/plan", false},
		{"coordinator/job", "run/plan", true},
		{"coordinator/job", "coordinator", false},
		{"coordinator", "run/plan", true},
		{"coordinator", "model/weights", true},
		{"run/protocol", "coordinator/core", false},
		{"worker", "coordinator/core", false},
		{"reproduce", "coordinator/job", true},
		{"reproduce", "coordinator", false},
		{"coordinator/core", "model", false},
		{"coordinator", "allreduce", false},
		{"model/weights", "data", false},
		{"coordinator", "model/baseline", true},
		{"model/baseline", "data", false},
		{"model", "model/weights", true},
		{"model", "worker", false},
		{"worker", "run/protocol", true},
		{"worker", "cmd/ringmaster", false},
		{"cmd/ringmaster-worker", "worker", true},
		{"datagram", "config", false},
		{"model/weights", "durable", true},
		{"worker", "durable", true},
		{"durable", "config", false},
		{"coordinator", "affinity", true},
		{"allreduce/ringbench", "allreduce", true},
		{"allreduce/ringbench", "bench/peer", true},
		{"allreduce", "bench/peer", false},
		{"cmd/ringmaster", "bench/peer", false},
	} {
		r, _ := ruleOf(c.from)
		if got := r.mayImport(c.to); got != c.want {
			t.Errorf("%s imports %s: allowed %v, want %v", c.from, c.to, got, c.want)
		}
	}
	if r, known := ruleOf("newpackage"); known {
		t.Errorf("newpackage has the rule of %s, want none", r.packages)
	}
}
