package curve

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"ringmaster/config"
	"ringmaster/model/weights/tinybert"
)

// corpusFile is the synthetic corpus of a run; runFile declares it.
const (
	corpusFile = "corpus.tsv"
	runText    = `model: {base: model}
method: single
tasks:
  - name: mood
    target: true
    data:
      path: ` + corpusFile + `
      format: tsv
      text: text
      label: label
      labels: {sad: sad, glad: glad}
      split: {train: 0.98, valid: 0.01, test: 0.01, seed: 13}
train: {epochs: 1, batch: %d, lr: 1e-4, max_length: 64, seed: 1}
`
)

// writeRun writes a corpus of so many rows, a tiny model and a run file into a folder, and loads that.
func writeRun(dir string, rows, batch int) (*config.Run, error) {
	if err := tinybert.Write(filepath.Join(dir, "model"), tinybert.Config(32)); err != nil {
		return nil, err
	}
	if err := writeCorpus(filepath.Join(dir, corpusFile), rows); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "run.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, runText, batch), 0o600); err != nil {
		return nil, err
	}
	return config.Load(file, config.LoadOptions{})
}

// writeCorpus writes rows of some 33 tokens; no two texts are alike, though their words are few.
func writeCorpus(path string, rows int) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	out := bufio.NewWriterSize(file, 1<<20)
	fmt.Fprintln(out, "text\tlabel") // an error stays, and Flush tells it
	random := rand.New(rand.NewPCG(1, 2))
	signs := map[string][]string{"sad": {"grief", "loss", "tears"}, "glad": {"joy", "happy", "smile"}}
	for i := range rows {
		label := []string{"sad", "glad"}[i%2]
		fmt.Fprintf(out, "%s %s\t%s\n", tinybert.Sentence(random, signs[label], i/1000), tinybert.Sentence(random, signs[label], i%1000), label)
	}
	return out.Flush()
}

// sizeOf is the size of a run's corpus in bytes.
func sizeOf(run *config.Run) (int64, error) {
	info, err := os.Stat(run.Path(corpusFile))
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
