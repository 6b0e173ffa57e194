//go:build linux

package chaos

import (
	"cmp"
	"os"
	"strings"
)

// slowLink is how the coordinator begins to name a link.
const slowLink = "the link from rank "

// checkNamed looks for what the run says of its ranks and links. Nothing of this kind should
// be said: memory is not damaged, and no link is slow for as many steps as it takes to be
// named (slow-ring ends after a few), however busy the machine and whatever else goes wrong.
func (t *trial) checkNamed() error {
	for _, c := range []struct {
		name  string
		texts []string
		none  string
	}{
		{"ranks", divergence, "no rank was reported to differ"},
		{"links", []string{slowLink}, "no link was reported as slow"},
	} {
		said, err := t.coordinatorSaid(c.texts)
		if err != nil {
			return err
		}
		t.report.check(c.name, said == "", "%s", cmp.Or(said, c.none))
	}
	return nil
}

// coordinatorSaid is a line of the coordinators' logs with one of the texts, from there on.
func (t *trial) coordinatorSaid(texts []string) (string, error) {
	for _, log := range []string{t.logFile("coordinator"), string(t.run) + "/coordinator.log"} {
		all, err := os.ReadFile(log)
		if err != nil {
			return "", err
		}
		for _, text := range texts {
			if at := strings.Index(string(all), text); at >= 0 {
				line, _, _ := strings.Cut(string(all[at:]), "\n")
				return log + " says: " + line, nil
			}
		}
	}
	return "", nil
}
