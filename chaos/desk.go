//go:build linux

package chaos

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"ringmaster/model/weights/tinybert"
)

// desk is the folder in which everything happens: a model, corpora and a run file, and the
// programs' home and temporary folder, so that nothing of the user's is read or written.
type desk struct {
	dir string
}

// The settings of the run. A step takes some ten milliseconds on two cores.
const (
	width      = 64
	batch      = 112 // a rank's order is then larger than the smallest messages (smallPayload)
	startWith  = 3
	minWorkers = 2
	maxWorkers = 3
	spares     = 1
	checkEvery = 50
)

const runFile = `# Written by ringmaster-chaos. Without dropout, so that runs with different numbers of
# workers give the same model up to rounding.
model: {base: ./model, dropout: 0}
method: mt
tasks:
  - name: empathy
    target: true
    data: {path: empathy.tsv, format: tsv, text: text, label: label, labels: {"no": none, "yes": empathy}, split: {train: 0.8, valid: 0.1, test: 0.1, seed: 5}}
  - name: sentiment
    data: {path: sentiment.tsv, format: tsv, text: text, label: label, labels: {bad: negative, good: positive}, split: {train: 0.8, valid: 0.1, test: 0.1, seed: 5}}
train: {steps: %d, batch: %d, lr: 2e-4, warmup: 0.1, max_length: 32, seed: 3, sampling_exponent: 0.75, keep: last}
cluster: {workers: %d, min_workers: %d, max_workers: %d}
checkpoint: {every: %d, keep: 3}
device: cpu
`

// layDesk fills a folder, which may be filled already for as many steps.
func layDesk(dir string, steps int) (*desk, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	d := &desk{dir: dir}
	for _, sub := range []string{"home", "tmp", "logs", "runs"} {
		if err := os.MkdirAll(d.at(sub), 0o755); err != nil {
			return nil, err
		}
	}
	text := fmt.Sprintf(runFile, steps, batch, startWith, minWorkers, maxWorkers, checkEvery)
	if old, err := os.ReadFile(d.at("run.yaml")); err == nil && string(old) == text {
		return d, nil
	} else if err == nil {
		return nil, fmt.Errorf("%w: %s was written for another run: use another folder", ErrOptions, d.dir)
	}
	if err := tinybert.Write(d.at("model"), tinybert.Config(width)); err != nil {
		return nil, err
	}
	for name, signs := range map[string]map[string][]string{
		"empathy.tsv":   {"no": {"news", "report", "storm"}, "yes": {"sorry", "hear", "hope"}},
		"sentiment.tsv": {"bad": {"awful", "dull", "poor"}, "good": {"great", "lovely", "good"}},
	} {
		if err := writeCorpus(d.at(name), signs); err != nil {
			return nil, err
		}
	}
	return d, os.WriteFile(d.at("run.yaml"), []byte(text), 0o644)
}

// rows is how many each class of a corpus has.
const rows = 200

func writeCorpus(path string, signs map[string][]string) error {
	random := rand.New(rand.NewPCG(2, 3))
	var text strings.Builder
	text.WriteString("text\tlabel\n")
	for i := range rows {
		for _, label := range []string{"no", "yes", "bad", "good"} {
			if words, ok := signs[label]; ok {
				fmt.Fprintf(&text, "%s\t%s\n", tinybert.Sentence(random, words, i), label)
			}
		}
	}
	return os.WriteFile(path, []byte(text.String()), 0o644)
}

// at is a path on the desk.
func (d *desk) at(parts ...string) string {
	return filepath.Join(append([]string{d.dir}, parts...)...)
}

// env is all that the programs see of the environment.
func (d *desk) env(more ...string) []string {
	return append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + d.at("home"),
		"XDG_CACHE_HOME=" + d.at("home", "cache"), "TMPDIR=" + d.at("tmp"),
	}, more...)
}
