package hub

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"ringmaster/cachedir"
	"ringmaster/durable"
	"ringmaster/errkind"
)

// store is where models are kept, which models there are, and the program that gets them.
type store struct {
	root   string // the folder with one folder a model
	models []model
	run    func(command) error
}

// userStore is the store of the user who runs the program.
func userStore() (store, error) {
	cache, err := cachedir.Dir()
	if err != nil {
		return store{}, errkind.Mark(err, ErrCache)
	}
	return store{root: filepath.Join(cache, "models"), models: models, run: runCommand}, nil
}

// Resolve gives the folder of a model: for a name of Names (or an alias), where Fetch put it;
// for anything else, that path, relative to baseDir. Errors: ErrNotFetched, ErrNoModel, ErrCache.
// It looks at names and sizes only, and does not say whether the folder is a good model.
func Resolve(nameOrPath, baseDir string) (string, error) {
	s, err := userStore()
	if err != nil {
		return "", err
	}
	return s.resolve(nameOrPath, baseDir)
}

func (s store) resolve(nameOrPath, baseDir string) (string, error) {
	if m, ok := find(s.models, nameOrPath); ok {
		if !s.present(m) {
			return "", errkind.Errorf(ErrNotFetched, "model %s is not on this machine; run `ringmaster model fetch %s`", m.name, m.name)
		}
		return s.dir(m), nil
	}
	dir := nameOrPath
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(baseDir, dir)
	}
	info, err := os.Stat(dir)
	switch {
	case nameOrPath == "":
		return "", errkind.Errorf(ErrNoModel, "no model is named; give a Hugging Face folder or one of: %s", s.names())
	case errors.Is(err, fs.ErrNotExist):
		return "", errkind.Errorf(ErrNoModel, "model %q is neither a folder (%s does not exist) nor a known name; known names: %s", nameOrPath, dir, s.names())
	case err != nil:
		return "", errkind.Errorf(ErrNoModel, "model folder %s cannot be inspected: %w", dir, err)
	case !info.IsDir():
		return "", errkind.Errorf(ErrNoModel, "model %q is a file; give the folder that holds config.json", nameOrPath)
	}
	return dir, nil
}

func (s store) names() string { return strings.Join(namesOf(s.models), ", ") }

func (s store) dir(m model) string { return filepath.Join(s.root, m.name) }

// present says whether every file of a model is there with its size.
func (s store) present(m model) bool {
	for _, f := range m.files {
		info, err := os.Stat(filepath.Join(s.dir(m), path.Base(f.path)))
		if err != nil || !info.Mode().IsRegular() || info.Size() != f.size {
			return false
		}
	}
	return true
}

// intact says whether every file of a model has its pinned sum.
func (s store) intact(m model) bool {
	for _, f := range m.files {
		sum, err := durable.Sum(filepath.Join(s.dir(m), path.Base(f.path)))
		if err != nil || sum.SHA256 != f.sha256 {
			return false
		}
	}
	return true
}
