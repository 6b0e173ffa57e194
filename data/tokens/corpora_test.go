package tokens

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// corporaDir holds the real corpora on the machines that have them: beside the checkout.
var corporaDir = filepath.Join("..", "..", "..", "shared", "data")

// TestCorpora compares every text of the real corpora with the ids Hugging Face gives it, by a hash a block of texts.
func TestCorpora(t *testing.T) {
	vocab := filepath.Join(corporaDir, "bert_vocab", "vocab.txt")
	if _, err := os.Stat(vocab); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("SKIPPED: token ids of the real corpora NOT compared with Hugging Face's: %s is missing", vocab)
	}
	var reference struct {
		Block   int
		Corpora map[string]struct {
			Texts  int
			Blocks map[string][]string
		}
	}
	readReference(t, "testdata/corpora.json", &reference)
	sampled := raceDetector || testing.Short()
	if sampled {
		t.Logf("SAMPLED: under -race or -short one block in 40 is compared, %d texts each", reference.Block)
	}
	tokenizers := openSettings(t, vocab)
	for name, want := range reference.Corpora {
		t.Run(name, func(t *testing.T) {
			texts, err := readCorpus(name)
			if err != nil {
				t.Fatal(err)
			}
			if len(texts) != want.Texts {
				t.Fatalf("read %d texts, the reference has %d", len(texts), want.Texts)
			}
			for settingName, hashes := range want.Blocks {
				tok, maxLength := tokenizers[settingName], referenceSettings[settingName].maxLength
				for block, hash := range hashes {
					if sampled && block%40 != 0 {
						continue
					}
					from := block * reference.Block
					ids, err := EncodeAll(t.Context(), tok, texts[from:min(from+reference.Block, len(texts))], maxLength)
					if err != nil {
						t.Fatal(err)
					}
					if got := blockHash(ids); got != hash {
						t.Errorf("texts %d to %d differ from Hugging Face's: to see which, run testdata/make_reference.py show --corpus %s --setting %s --block %d",
							from, from+len(ids)-1, name, settingName, block)
					}
				}
			}
		})
	}
}

func blockHash(idsOfTexts [][]int32) string {
	h := sha256.New()
	for _, ids := range idsOfTexts {
		// A hash's Write returns no error.
		_ = binary.Write(h, binary.LittleEndian, int32(len(ids)))
		_ = binary.Write(h, binary.LittleEndian, ids)
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}

// readCorpus returns a corpus's raw texts, read as testdata/make_reference.py reads them.
func readCorpus(name string) ([]string, error) {
	switch name {
	case "newsemp":
		return eachFile("newsemp/messages.csv", func(b []byte) ([]string, error) { return csvColumn(b, 7) })
	case "sst2":
		return eachFile("sst2_glue/*.tsv", func(b []byte) ([]string, error) { return tsvColumn(b, 1, 1), nil })
	case "goemotions":
		return eachFile("goemotions/*.tsv", func(b []byte) ([]string, error) { return tsvColumn(b, 0, 0), nil })
	case "semeval":
		return eachFile("semeval2018_ec/*.txt", func(b []byte) ([]string, error) { return tsvColumn(b, 1, 1), nil })
	case "isear":
		return eachFile("isear/isear.csv", func(b []byte) ([]string, error) { return linesOf(b), nil })
	case "empatheticdialogues":
		return eachFile("empatheticdialogues/*.csv", func(b []byte) ([]string, error) { return csvColumn(b, 3) })
	case "dailydialog":
		return eachFile("dailydialog/*.zip", dialogueTurns)
	case "lexicon":
		return eachFile("empathy_lexicon/*.txt", func(b []byte) ([]string, error) { return linesOf(b), nil })
	}
	return nil, fmt.Errorf("no corpus %s", name)
}

func eachFile(pattern string, textsOf func([]byte) ([]string, error)) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(corporaDir, pattern))
	if err != nil {
		return nil, err
	}
	var texts []string
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		part, err := textsOf(content)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		texts = append(texts, part...)
	}
	return texts, nil
}

func linesOf(content []byte) []string {
	lines := strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimSuffix(lines[i], "\r")
	}
	return lines
}

func tsvColumn(content []byte, column, header int) []string {
	lines := linesOf(content)[header:]
	for i := range lines {
		lines[i] = strings.Split(lines[i], "\t")[column]
	}
	return lines
}

func csvColumn(content []byte, column int) ([]string, error) {
	rows, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil {
		return nil, err
	}
	var texts []string
	for _, row := range rows[1:] {
		texts = append(texts, row[column])
	}
	return texts, nil
}

// dialogueTurns reads the one file of a DailyDialog archive that holds the turns.
func dialogueTurns(content []byte) ([]string, error) {
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, err
	}
	split := strings.TrimSuffix(archive.File[0].Name, "/")
	file, err := archive.Open(split + "/dialogues_" + split + ".txt")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	dialogues, err := io.ReadAll(file)
	if err != nil {
		return nil, err
	}
	var turns []string
	for _, line := range linesOf(dialogues) {
		parts := strings.Split(line, "__eou__")
		turns = append(turns, parts[:len(parts)-1]...)
	}
	return turns, nil
}

func BenchmarkEncodeAll(b *testing.B) {
	texts, err := readCorpus("goemotions")
	if err != nil {
		b.Skipf("SKIPPED: no corpus to measure with: %v", err)
	}
	if len(texts) == 0 {
		b.Skipf("SKIPPED: no corpus to measure with under %s", corporaDir)
	}
	tok := openWith(b, filepath.Join(corporaDir, "bert_vocab", "vocab.txt"), `{}`)
	for b.Loop() {
		if _, err := EncodeAll(context.Background(), tok, texts, 128); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*len(texts))/b.Elapsed().Seconds(), "texts/s")
}
