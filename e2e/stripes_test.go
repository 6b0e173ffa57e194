package e2e

import "testing"

// Several links between neighbours give the bits of one: in plain text, and encrypted.
func TestStripesWalkThePathOfOneLink(t *testing.T) {
	d := newDesk(t)
	args := []string{"--set", "method=mt", "--set", "train.steps=8", "--workers", "2"}
	one := d.train(t, "one", args...)
	for name, more := range map[string][]string{
		"three":     {"--set", "cluster.ring_stripes=3"},
		"encrypted": {"--set", "cluster.ring_stripes=2", "--set", "cluster.tls=on"},
	} {
		t.Run(name, func(t *testing.T) {
			r := d.train(t, name, append(args[:len(args):len(args)], more...)...)
			sameBits(t, one, r)
			if names := filesWith(t, string(r.Layout), "stripes="+more[1][len(more[1])-1:]); len(names) != 2 {
				t.Errorf("of the two workers' logs, %v tell of stripes", names)
			}
		})
	}
}
