package directory

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"ringmaster/durable"
	"ringmaster/run/plan"
)

// Checkpoints is a folder of checkpoints: step-120 for the student, and with the stage
// before it for others, as in teacher-empathy-step-40. Its writer must be the only one.
type Checkpoints struct{ dir string }

// OpenCheckpoints speaks of the checkpoints in dir, which need not exist yet.
func OpenCheckpoints(dir string) *Checkpoints { return &Checkpoints{dir: dir} }

// Checkpoint is one complete checkpoint: a stage's state after Step steps.
type Checkpoint struct {
	Stage string
	Step  int
	Dir   string
}

// Save makes the checkpoint that p tells of, and then removes what keep has no use for.
// write adds its files through the given writer, but for progress.json, which is made from
// p; when it returns without error, they are brought to the disk, and only then does the
// checkpoint appear. An older checkpoint of the same step is replaced. On an error, such
// as a full disk, there is no trace, and what was there before stands.
func (c *Checkpoints) Save(p Progress, keep Keep, write func(*CheckpointWriter) error) (Checkpoint, error) {
	name, err := checkpointName(p.Stage, p.Steps)
	if err != nil {
		return Checkpoint{}, err
	}
	done := Checkpoint{Stage: p.Stage, Step: p.Steps, Dir: filepath.Join(c.dir, name)}
	err = c.write(done.Dir, func(w *CheckpointWriter) error {
		if err := w.File(ProgressFile, func(out io.Writer) error { return json.NewEncoder(out).Encode(p) }); err != nil {
			return err
		}
		return write(w)
	})
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w; %s", err, c.standing(p.Stage))
	}
	return done, c.prune(p.Stage, keep, &done)
}

// standing says what is left to go on from when a checkpoint could not be written.
func (c *Checkpoints) standing(stage string) string {
	list, err := c.Of(stage)
	if err != nil || len(list) == 0 {
		return "there is no older checkpoint of " + stage
	}
	return "the older checkpoint " + filepath.Base(list[len(list)-1].Dir) + " is kept"
}

func (c *Checkpoints) write(place string, write func(*CheckpointWriter) error) (err error) {
	draft, err := durable.NewFolder(place)
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", place, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("cannot write %s: %w", place, err), os.RemoveAll(draft))
		}
	}()
	w := &CheckpointWriter{dir: draft}
	if err := write(w); err != nil {
		return err
	}
	if err := w.finish(); err != nil {
		return err
	}
	return durable.PutFolder(draft, place)
}

// List is every checkpoint of every stage, by stage and step; none has been verified.
func (c *Checkpoints) List() ([]Checkpoint, error) {
	entries, err := os.ReadDir(c.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("run directory: %w", err)
	}
	var list []Checkpoint
	for _, e := range entries {
		if stage, step, ok := parseCheckpointName(e.Name()); ok && e.IsDir() {
			list = append(list, Checkpoint{Stage: stage, Step: step, Dir: filepath.Join(c.dir, e.Name())})
		}
	}
	slices.SortFunc(list, func(a, b Checkpoint) int {
		return cmp.Or(cmp.Compare(a.Stage, b.Stage), cmp.Compare(a.Step, b.Step))
	})
	return list, nil
}

// Of is a stage's checkpoints, by step; none has been verified.
func (c *Checkpoints) Of(stage string) ([]Checkpoint, error) {
	list, err := c.List()
	return slices.DeleteFunc(list, func(cp Checkpoint) bool { return cp.Stage != stage }), err
}

// Newest is the checkpoint that a stage can go on from with the highest step, of at most
// so many, whose checksums hold; ok is false where there is none. damaged names each newer
// one that was passed over: ErrDamaged, or could not be read. One that holds a model only
// is passed over in silence.
func (c *Checkpoints) Newest(stage string, atMost int) (newest Checkpoint, ok bool, damaged []error, err error) {
	list, err := c.Of(stage)
	if err != nil {
		return Checkpoint{}, false, nil, err
	}
	for _, cp := range slices.Backward(list) {
		if cp.Step > atMost {
			continue
		}
		p, err := cp.check()
		switch {
		case err != nil:
			damaged = append(damaged, err)
		case p.Complete:
			return cp, true, damaged, nil
		}
	}
	return Checkpoint{}, false, damaged, nil
}

// check verifies a checkpoint and reads its progress.
func (c Checkpoint) check() (Progress, error) {
	if err := c.Verify(); err != nil {
		return Progress{}, err
	}
	p, err := c.Progress()
	if errors.Is(err, fs.ErrNotExist) {
		return Progress{}, nil
	}
	if err == nil && p.Complete && (p.Stage != c.Stage || p.Steps != c.Step) {
		err = c.damaged("its %s is of %d steps of %s", ProgressFile, p.Steps, p.Stage)
	}
	return p, err
}

// stepPrefix begins the step in a checkpoint's name.
const stepPrefix = "step-"

// checkpointName is the name of a stage's checkpoint. A stage's name is a word, or two with
// a slash between them of which the first has no dash, so that names can be told apart.
func checkpointName(stage string, step int) (string, error) {
	kind, rest, two := strings.Cut(stage, "/")
	plain := kind != "" && strings.IndexFunc(kind, notPlain) < 0 && !strings.Contains(kind, "-") &&
		two == (rest != "") && strings.IndexFunc(rest, notPlain) < 0
	if step < 0 || !plain {
		return "", fmt.Errorf("checkpoint of step %d of %q: %w", step, stage, ErrFileName)
	}
	name := stepPrefix + strconv.Itoa(step)
	if stage == plan.StudentStage {
		return name, nil
	}
	return strings.Replace(stage, "/", "-", 1) + "-" + name, nil
}

func notPlain(r rune) bool { return plainRune(r) != r }

func parseCheckpointName(name string) (stage string, step int, ok bool) {
	stage = plan.StudentStage
	at := strings.LastIndex(name, stepPrefix)
	if at < 0 {
		return "", 0, false
	}
	if at > 0 {
		stage = strings.Replace(strings.TrimSuffix(name[:at], "-"), "-", "/", 1)
	}
	step, err := strconv.Atoi(name[at+len(stepPrefix):])
	if err != nil {
		return "", 0, false
	}
	again, err := checkpointName(stage, step)
	return stage, step, err == nil && again == name
}

// Open opens one of the checkpoint's files for reading.
func (c Checkpoint) Open(name string) (io.ReadCloser, error) {
	if !filepath.IsLocal(name) {
		return nil, fmt.Errorf("%s: %q: %w", c.Dir, name, ErrFileName)
	}
	f, err := os.Open(filepath.Join(c.Dir, name))
	if err != nil {
		return nil, fmt.Errorf("run directory: %w", err)
	}
	return f, nil
}
