package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"ringmaster/chaos"
)

// slowBytes is what the slow link carries a second. Beside it the work of a step of the
// tiny BERT, which sends some hundred kilobytes, is short, on a busy machine too.
const slowBytes = 1 << 20

// judged is how many steps the coordinator looks at before it names what is slow.
const judged = 40

// One link of the ring gets slow: it is named, by both its ends, and no other is. Before
// that, none is.
func TestASlowLinkIsNamed(t *testing.T) {
	d := newDesk(t)
	p := startEndless(t, d, "--workers", "3")
	moreSteps(t, d, p, 3*judged)
	if findings := slowLinks(p); len(findings) > 0 {
		t.Errorf("while none was slow:\n%s", strings.Join(findings, "\n"))
	}
	ranks := map[string]string{}
	for i := range 3 {
		name := fmt.Sprintf("local-%d", i)
		ranks[rankOf(t, d, "long", name)] = name
	}
	const from, to = "1", "2"
	if found, err := chaos.PaceRing(processOf(t, p, ranks[from]), d.workers(t), slowBytes); err != nil || found != 2 {
		t.Fatalf("%d links of rank %s are slow (%v), want 2: vectors to the right, credits to the left", found, from, err)
	}
	p.await(t, "that the link is named", func() bool { return len(slowLinks(p)) > 0 })
	moreSteps(t, d, p, judged) // to name others, if it does
	findings := slowLinks(p)
	want := fmt.Sprintf("the link from rank %s (worker %s) to rank %s (worker %s) is slow", from, ranks[from], to, ranks[to])
	if len(findings) != 1 || !strings.Contains(findings[0], want) {
		t.Errorf("it says\n%s\nwant once that\n%s", strings.Join(findings, "\n"), want)
	}
	p.stop(t)
	d.noWorker(t)
	d.passesAudit(t, filepath.Join("runs", "long"))
}

// moreSteps waits until the endless run has done n more.
func moreSteps(t *testing.T, d *desk, p *process, n int) {
	t.Helper()
	from := d.steps(t, d.at("runs", "long"), "student")
	p.await(t, fmt.Sprintf("%d more steps", n), func() bool { return d.steps(t, d.at("runs", "long"), "student") >= from+n })
}

// slowLinks are the lines in which a run names a slow link.
func slowLinks(p *process) (lines []string) {
	for line := range strings.Lines(p.stdout.String()) {
		if strings.Contains(line, "the link from") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}
