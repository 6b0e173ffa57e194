package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ringmaster/inputfile"
)

// LooksLikePath tells the path of a folder from the name of a fetched model (minilm): a
// path has a separator or starts with a dot.
func LooksLikePath(s string) bool {
	return strings.HasPrefix(s, ".") || strings.ContainsRune(s, '/') || strings.ContainsRune(s, filepath.Separator)
}

// Path makes a path of the run file absolute. Relative ones start from BaseDir.
func (r *Run) Path(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(r.BaseDir, path)
}

// Absolute is a copy with absolute paths.
func (r *Run) Absolute() Run {
	all := func(files Files) Files {
		files = slices.Clone(files)
		for i := range files {
			files[i] = r.Path(files[i])
		}
		return files
	}
	folder := func(s string) string {
		if LooksLikePath(s) {
			return r.Path(s)
		}
		return s
	}
	absolute := *r
	absolute.Model.Base = folder(r.Model.Base)
	if !r.Model.TrainsVectors() {
		absolute.Model.Vectors = r.Path(r.Model.Vectors)
	}
	absolute.Tasks = slices.Clone(r.Tasks)
	for i := range absolute.Tasks {
		t := &absolute.Tasks[i]
		t.Teacher.Path = folder(t.Teacher.Path)
		d := &t.Data
		d.Path, d.Train, d.Valid, d.Test = all(d.Path), all(d.Train), all(d.Valid), all(d.Test)
		d.LabelNames = r.Path(d.LabelNames)
	}
	return absolute
}

// checkFiles checks that the files that the run reads exist. Those of tasks that the method
// does not use need not.
func (r *Run) checkFiles(report reporter) {
	if LooksLikePath(r.Model.Base) {
		r.checkPath(report, "model.base", r.Model.Base, true)
	}
	if r.Model.Arch != "" && !r.Model.TrainsVectors() {
		r.checkPath(report, "model.vectors", r.Model.Vectors, false)
	}
	for i, path := range r.taskPaths() {
		t := r.Tasks[i]
		if !r.reads(t) {
			continue
		}
		for _, p := range t.Data.parts() {
			for j, file := range p.files {
				r.checkPath(report, itemPath(path+".data."+p.name, j), file, false)
			}
		}
		r.checkPath(report, path+".data.label_names", t.Data.LabelNames, false)
		if r.Method.NeedsTeachers() && LooksLikePath(t.Teacher.Path) {
			r.checkPath(report, path+".teacher.path", t.Teacher.Path, true)
		}
	}
}

func (r *Run) checkPath(report reporter, key, path string, folder bool) {
	if path == "" {
		return
	}
	info, err := os.Stat(r.Path(path))
	var reason *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		text := fmt.Sprintf("%s does not exist", path)
		if !filepath.IsAbs(path) {
			text += " (paths start from the run file's folder)"
		}
		report(ErrMissingFile, key, text)
	case errors.As(err, &reason):
		report(ErrMissingFile, key, fmt.Sprintf("%s cannot be read: %v", path, reason.Err))
	case err != nil:
		report(ErrMissingFile, key, fmt.Sprintf("%s cannot be read: %v", path, err))
	case folder && !info.IsDir():
		report(ErrMissingFile, key, fmt.Sprintf("%s is a file; a folder is expected", path))
	case !folder && !info.Mode().IsRegular():
		report(ErrMissingFile, key, (&inputfile.NotRegularError{Path: path, Mode: info.Mode()}).Error())
	}
}
