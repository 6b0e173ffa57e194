package config

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"ringmaster/inputfile"
)

// LoadOptions are the values that a command line gives beside the file.
type LoadOptions struct {
	// Set holds KEY=VALUE in the order given, the last of a key wins: train.lr=3e-5,
	// tasks.empathy.data.limit=500.
	Set []string
	// Flags holds values of the command's own flags by the key they stand for:
	// "cluster.workers": "2". They win over Set.
	Flags map[string]string
	// BaseDir is the folder that relative paths start from; empty is the run file's.
	BaseDir string
	// FilesLater leaves out that the files exist which the run names (Run.Missing).
	FilesLater bool
	// Notice is called with one line for each key that was given by its name of an earlier
	// version. nil is not called.
	Notice func(text string)
}

// Load reads a run file and applies the environment, --set and flags to it. The error is a
// *Problems with everything that is wrong; it matches ErrInvalid. Load reads no file but the
// run file; of the files and folders that it names it checks that they exist, and patterns become the files
// that they match.
func Load(path string, opts LoadOptions) (*Run, error) {
	c := newChecker(path)
	if opts.Notice != nil {
		defer func() {
			for _, text := range c.notices {
				opts.Notice(text)
			}
		}()
	}
	root := c.read(path)
	if root == nil {
		return nil, c.err()
	}
	set := map[string]any{}
	for _, o := range c.overrides(opts) {
		if o.key == "tasks" || strings.HasPrefix(o.key, "tasks.") {
			c.inTask(root, o)
		} else if value, fits := c.plain(o); fits {
			set[o.key] = value
		}
	}
	run := c.resolve(root, set, path)
	if run == nil {
		return nil, c.err()
	}
	if opts.BaseDir != "" {
		base, err := filepath.Abs(opts.BaseDir)
		if err != nil {
			return nil, err
		}
		run.BaseDir = base
	}
	run.expandPatterns(c.report)
	if !opts.FilesLater {
		run.checkFiles(c.report)
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	return run, nil
}

// LoadResolved reads a file that Run.Write wrote, without environment variables. The files
// that it names need not exist any more. It is for reading the configuration of a run that
// was started earlier.
func LoadResolved(path string) (*Run, error) {
	c := newChecker(path)
	c.ignoreEnv = true
	root := c.read(path)
	if root == nil {
		return nil, c.err()
	}
	run := c.resolve(root, map[string]any{}, path)
	if err := c.err(); err != nil {
		return nil, err
	}
	return run, nil
}

// resolve decodes a tree, applies the keys of set, and validates the run; it is nil when
// the tree cannot be decoded.
func (c *checker) resolve(root *yaml.Node, set map[string]any, path string) *Run {
	c.section(root, runType, "")
	run, err := c.decode(root, set)
	if err == nil {
		run.BaseDir, err = filepath.Abs(filepath.Dir(path))
	}
	if err != nil { // what section let pass decodes, so this is a defect of this package
		c.add(origin{}, ErrSyntax, "", "cannot be read: "+err.Error())
		return nil
	}
	run.validate(c.report)
	return &run
}

// largestRunFile bounds a run file, in bytes: far more than a person writes.
const largestRunFile = 16 << 20

// read parses the file; nil when that fails.
func (c *checker) read(path string) *yaml.Node {
	text, err := inputfile.Read(path, largestRunFile)
	var pathError *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.add(origin{}, ErrMissingFile, "", "the run file does not exist")
		return nil
	case errors.As(err, &pathError):
		c.add(origin{}, ErrMissingFile, "", fmt.Sprintf("the run file cannot be read: %v", pathError.Err))
		return nil
	case err != nil: // a sentence that begins with the path, as all problems do
		c.add(origin{}, ErrMissingFile, "", "the run file "+strings.TrimPrefix(err.Error(), path+" "))
		return nil
	}
	root := parse(text, c.diagnostics)
	if root != nil && root.Kind != yaml.MappingNode {
		c.add(origin{line: root.Line}, ErrType, "", "a run file must be a mapping, found "+found(root))
		return nil
	}
	if root != nil {
		c.nameBothTexts(root)
		c.renameKeys(root, "")
	}
	return root
}

// decode turns a checked tree into a run with its defaults.
func (c *checker) decode(root *yaml.Node, set map[string]any) (Run, error) {
	plain := map[string]any{}
	var tasks []*yaml.Node
	for i := 0; i+1 < len(root.Content); i += 2 {
		name, value := root.Content[i].Value, root.Content[i+1]
		if name == "tasks" {
			tasks = value.Content
			continue
		}
		var v any
		if err := value.Decode(&v); err != nil {
			return Run{}, err
		}
		plain[name] = v
	}
	run, err := c.mergeLayers(plain, set)
	if err != nil {
		return Run{}, err
	}
	for _, n := range tasks {
		task := taskDefaults()
		split := splitOf(n)
		if split != nil && sharesGiven(split) {
			// Shares are given together: one that is left out is none, not the default.
			task.Data.Split.Train, task.Data.Split.Valid, task.Data.Split.Test = 0, 0, 0
		}
		if err := n.Decode(&task); err != nil {
			return Run{}, err
		}
		if !task.Data.Labelled() && (split == nil || !sharesGiven(split)) {
			given := task.Data.Split
			task.Data.Split = unlabelledSplit
			task.Data.Split.Seed, task.Data.Split.Group, task.Data.Split.Contained = given.Seed, given.Group, given.Contained
			task.Data.Split.Folds, task.Data.Split.Fold = given.Folds, given.Fold
		}
		if s := &task.Data.Split; s.Folds > 0 && s.Fold == 0 {
			s.Fold = 1
		}
		task.Data.fillByFormat()
		run.Tasks = append(run.Tasks, task)
	}
	run.fillByTasks()
	given := func(key string) bool { _, set := c.origins[key]; return set }
	run.fillByModel(given)
	run.fillByMethod(given)
	run.Train.fillOmitted()
	run.Distill.fillOmitted()
	return run, nil
}

func splitOf(task *yaml.Node) *yaml.Node {
	if data := child(task, "data"); data != nil {
		return child(data, "split")
	}
	return nil
}

func sharesGiven(split *yaml.Node) bool {
	return child(split, "train") != nil || child(split, "valid") != nil || child(split, "test") != nil
}
