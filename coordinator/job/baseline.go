package job

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"ringmaster/data"
	"ringmaster/data/tokens"
	"ringmaster/data/vectors"
	"ringmaster/durable"
	"ringmaster/inputfile"
	"ringmaster/model/baseline"
	"ringmaster/model/weights"
)

// makeBaseline makes the folder that a baseline system begins with, and takes it as the
// job's base: the words of the tasks' training rows, their vectors, random weights. It is
// kept in cacheDir by all that it depends on, so that stages, workers and later runs find
// it like any other folder.
// A job that only checks looks at what has to be there for it, and makes nothing.
func (j *Job) makeBaseline(ctx context.Context, cacheDir string, notify Notify) error {
	texts, err := trainingTexts(j.Tasks)
	if err != nil {
		return err
	}
	list := tokens.CollectWords(texts)
	j.Tokenizer = list
	if j.checking {
		return j.checkVectors(ctx, list)
	}
	source, err := j.vectorFile(ctx, cacheDir, notify)
	if err != nil {
		return err
	}
	model, seed := j.Run.Model, j.Run.Train.Seed
	key, err := Key("baseline 1", model.Arch, list.Hash(), source.content, model.Dim, seed)
	if err != nil {
		return err
	}
	dir := filepath.Join(cacheDir, "baselines", string(model.Arch)+"-"+key)
	if j.Base, err = weights.Open(dir); err != nil {
		if err := j.writeBaseline(ctx, dir, list, source, notify); err != nil {
			return err
		}
		if j.Base, err = weights.Open(dir); err != nil {
			return err
		}
	}
	notify("model: %s", j.Base.Config.Describe())
	j.BaseHash, err = j.Base.Hash()
	return err
}

func (j *Job) writeBaseline(ctx context.Context, dir string, list *tokens.WordList, source vectorSource, notify Notify) (err error) {
	table, err := vectors.Read(ctx, source.path, list.Words(), j.Run.Model.Dim)
	if err != nil {
		return err
	}
	notify("word vectors %s: %d of the %d words of the training rows have a vector of dimension %d; the others are initialised at random",
		source.origin, table.Len(), len(list.Words())-2, table.Dim)
	scratch, err := os.MkdirTemp("", "ringmaster-words-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	if err := list.Write(scratch); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	spec := baseline.Spec{
		Config:    weights.NewBaseline(weights.Arch(j.Run.Model.Arch), len(list.Words()), table.Dim),
		Words:     table.Matrix(list.Words(), j.Run.Train.Seed, tokens.PadWord, tokens.UnknownWord),
		Seed:      j.Run.Train.Seed,
		Tokenizer: scratch,
	}
	spec.Config.Vectors = source.origin
	return baseline.Write(dir, spec)
}

// checkVectors reads the word vectors, or the texts that they are to be trained on.
func (j *Job) checkVectors(ctx context.Context, list *tokens.WordList) error {
	if j.Run.Model.TrainsVectors() {
		texts, _, err := j.vectorTexts(ctx)
		if err != nil {
			return err
		}
		return vectors.Check(texts, vectors.Options{Dim: j.Run.Model.Dim})
	}
	source, err := j.namedVectors()
	if err != nil {
		return err
	}
	_, err = vectors.Read(ctx, source.path, list.Words(), j.Run.Model.Dim)
	return err
}

// vectorSource is a file of word vectors.
type vectorSource struct {
	path    string
	origin  string // in a few words
	content string // what decides what is in it
}

// vectorFile is the file that the run names, or that of vectors trained on its corpora.
func (j *Job) vectorFile(ctx context.Context, cacheDir string, notify Notify) (vectorSource, error) {
	if j.Run.Model.TrainsVectors() {
		return j.trainVectors(ctx, filepath.Join(cacheDir, "vectors"), notify)
	}
	return j.namedVectors()
}

// namedVectors is the file that the run names.
func (j *Job) namedVectors() (vectorSource, error) {
	path := j.Run.Path(j.Run.Model.Vectors)
	file, err := inputfile.OpenNamed(path, j.Run.Model.Vectors)
	if err != nil {
		return vectorSource{}, fmt.Errorf("model.vectors: %w", err)
	}
	defer file.Close() // opened for reading only
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return vectorSource{}, fmt.Errorf("model.vectors: %w", err)
	}
	return vectorSource{path, "from " + filepath.Base(path), hex.EncodeToString(sum.Sum(nil))}, nil
}

// vectorNews is how long a person hears nothing of vectors being trained.
const vectorNews = 5 * time.Second

// trainVectors trains word vectors on the training rows of all declared corpora, or takes
// those that a run with the same rows, dimension and seed left in dir.
func (j *Job) trainVectors(ctx context.Context, dir string, notify Notify) (vectorSource, error) {
	texts, hashes, err := j.vectorTexts(ctx)
	if err != nil {
		return vectorSource{}, err
	}
	o := vectors.Options{Dim: j.Run.Model.Dim, Seed: j.Run.Train.Seed}
	if o.Dim == 0 {
		o.Dim = vectors.DefaultDim
	}
	key, err := Key(vectors.Algorithm, hashes, o.Dim, o.Seed)
	if err != nil {
		return vectorSource{}, err
	}
	s := vectorSource{filepath.Join(dir, key+".txt"), "trained here by " + vectors.Algorithm, key}
	if _, err := os.Stat(s.path); !errors.Is(err, fs.ErrNotExist) {
		return s, err
	}
	notify("training word vectors on %d texts, by %s", len(texts), vectors.Algorithm)
	said := time.Now()
	o.Progress = func(iteration, of int, cost float64) {
		if iteration == of || time.Since(said) > vectorNews {
			notify("word vectors: iteration %d of %d, cost %.4f", iteration, of, cost)
			said = time.Now()
		}
	}
	table, err := vectors.Train(ctx, texts, o)
	if err != nil {
		return vectorSource{}, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return vectorSource{}, err
	}
	return s, durable.WriteFile(s.path, 0o600, table.Write) // private, as the texts are
}

// vectorTexts are the training rows of all declared corpora, and a hash of each corpus's.
func (j *Job) vectorTexts(ctx context.Context) (texts, hashes []string, err error) {
	var parts []data.Part
	for _, t := range j.Tasks {
		parts = append(parts, t.Corpus.Train)
	}
	for _, t := range j.Run.VectorTasks() {
		corpus, err := data.Load(ctx, j.Run.BaseDir, t)
		if err != nil {
			return nil, nil, err
		}
		parts = append(parts, corpus.Train)
	}
	for _, part := range parts {
		hash, err := data.Hash(part)
		if err != nil {
			return nil, nil, err
		}
		hashes = append(hashes, hash)
	}
	texts, err = textsOf(parts)
	return texts, hashes, err
}

func trainingTexts(tasks []*Task) ([]string, error) {
	var parts []data.Part
	for _, t := range tasks {
		parts = append(parts, t.Corpus.Train)
	}
	return textsOf(parts)
}

// textsOf are the texts of parts, all in memory: what counts words and trains vectors goes through them many times.
func textsOf(parts []data.Part) (texts []string, err error) {
	for _, part := range parts {
		err := part.Each(func(_ int, e data.Example) error {
			texts = append(texts, e.Text)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return texts, nil
}

// Key is a short hash over everything that something depends on.
func Key(parts ...any) (string, error) {
	text, err := json.Marshal(parts)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8]), nil
}
