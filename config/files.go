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

// Path makes a path of the run file absolute. Relative ones start from BaseDir; an s3:// address
// stays as it is.
func (r *Run) Path(path string) string {
	if path == "" || filepath.IsAbs(path) || IsS3(path) {
		return path
	}
	return filepath.Join(r.BaseDir, path)
}

// Absolute is a copy with absolute paths, and with the addresses of what is read from a copy.
func (r *Run) Absolute() Run {
	from := func(path string) string {
		if address, ok := r.Copies[path]; ok {
			return address
		}
		return r.Path(path)
	}
	absolute := r.mapPaths(from, from)
	absolute.Cluster.Credentials = r.Path(r.Cluster.Credentials)
	return absolute
}

// WithPaths is a copy with other paths: file and folder are called with the run's files, and its
// folders of models.
func (r *Run) WithPaths(file, folder func(path string) string) Run { return r.mapPaths(file, folder) }

// mapPaths is a copy with other paths. Names of fetched models are none.
func (r *Run) mapPaths(file, folder func(path string) string) Run {
	all := func(files Files) Files {
		files = slices.Clone(files)
		for i := range files {
			files[i] = file(files[i])
		}
		return files
	}
	one := func(path string, to func(string) string, is bool) string {
		if path == "" || !is {
			return path
		}
		return to(path)
	}
	mapped := *r
	mapped.Model.Base = one(r.Model.Base, folder, LooksLikePath(r.Model.Base))
	mapped.Model.Vectors = one(r.Model.Vectors, file, !r.Model.TrainsVectors())
	mapped.Tasks = slices.Clone(r.Tasks)
	for i := range mapped.Tasks {
		t := &mapped.Tasks[i]
		t.Teacher.Path = one(t.Teacher.Path, folder, LooksLikePath(t.Teacher.Path))
		t.Teacher.Paths = slices.Clone(t.Teacher.Paths)
		for k, path := range t.Teacher.Paths {
			t.Teacher.Paths[k] = one(path, folder, LooksLikePath(path))
		}
		t.Teacher.Answers = one(t.Teacher.Answers, file, true)
		d := &t.Data
		d.Path, d.Train, d.Valid, d.Test = all(d.Path), all(d.Train), all(d.Valid), all(d.Test)
		d.LabelNames = one(d.LabelNames, file, true)
	}
	return mapped
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
				if r.checkPattern(report, itemPath(path+".data."+p.name, j), file) {
					continue
				}
				r.checkPath(report, itemPath(path+".data."+p.name, j), file, false)
			}
		}
		r.checkPath(report, path+".data.label_names", t.Data.LabelNames, false)
		if r.Method.NeedsTeachers() && LooksLikePath(t.Teacher.Path) {
			r.checkPath(report, path+".teacher.path", t.Teacher.Path, true)
		}
		if r.Method.NeedsTeachers() {
			for k, folder := range t.Teacher.Paths {
				if LooksLikePath(folder) {
					r.checkPath(report, itemPath(path+".teacher.paths", k), folder, true)
				}
			}
			r.checkPath(report, path+".teacher.answers", t.Teacher.Answers, false)
		}
	}
}

func (r *Run) checkPath(report reporter, key, path string, folder bool) {
	if err := checkAddress(path, folder); err != nil {
		report.check(err, key)
		return
	}
	if path == "" || IsS3(path) {
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

// Missing lists the files and folders of this machine that the run reads and that are not there.
func (r *Run) Missing() []string {
	var missing []string
	r.checkFiles(func(kind error, _, text string) {
		if errors.Is(kind, ErrMissingFile) {
			missing = append(missing, text)
		}
	})
	return missing
}
