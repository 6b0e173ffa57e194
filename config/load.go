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

// LoadOptions is what a command line says beside the file.
type LoadOptions struct {
	// Set holds KEY=VALUE in the order given, the last of a key wins: train.lr=3e-5,
	// tasks.empathy.data.limit=500.
	Set []string
	// Flags holds values of the command's own flags by the key they stand for:
	// "cluster.workers": "2". They win over Set.
	Flags map[string]string
	// Notice, where it is set, hears what a person is to know of a run that is fine: a key
	// was given by a name that it had in an earlier version. A line each.
	Notice func(text string)
}

// Load reads a run file and lays the environment, --set and flags over it. The
// error is a *Problems with everything that is wrong, which errors.Is ErrInvalid.
// Beyond the file itself it looks only whether the files and folders it names exist.
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
	run.checkFiles(c.report)
	if err := c.err(); err != nil {
		return nil, err
	}
	return run, nil
}

// LoadResolved reads a file that Run.Write wrote, as it stands: no environment is laid
// over it, and the files it names need not exist any more. It is for whoever looks back
// at a run.
func LoadResolved(path string) (*Run, error) {
	c := newChecker(path)
	c.alone = true
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

// resolve makes the run of a tree and of the plain keys set over it, and checks its
// values; it is nil when the tree cannot be decoded.
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

// read is the file's tree, or nil.
func (c *checker) read(path string) *yaml.Node {
	text, err := inputfile.Read(path, largestRunFile)
	var pathError *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.add(origin{}, ErrMissingFile, "", "there is no such run file")
		return nil
	case errors.As(err, &pathError):
		c.add(origin{}, ErrMissingFile, "", fmt.Sprintf("the run file cannot be read: %v", pathError.Err))
		return nil
	case err != nil: // a sentence that begins with the path, as all problems do
		c.add(origin{}, ErrMissingFile, "", "the run file "+strings.TrimPrefix(err.Error(), path+" "))
		return nil
	}
	root := parse(text, c.ledger)
	if root != nil && root.Kind != yaml.MappingNode {
		c.add(origin{line: root.Line}, ErrType, "", "a run file is a map of keys, found "+found(root))
		return nil
	}
	if root != nil {
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
	run, err := c.layered(plain, set)
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
		}
		task.Data.fillByFormat()
		run.Tasks = append(run.Tasks, task)
	}
	run.fillByTasks()
	given := func(key string) bool { _, set := c.origins[key]; return set }
	run.fillByModel(given)
	run.fillByMethod(given)
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
