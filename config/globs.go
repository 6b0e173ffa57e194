package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// isPattern says whether a path stands for the files that it matches: it has *, ? or [, and no file has that very name.
func (r *Run) isPattern(path string) bool {
	if !strings.ContainsAny(path, "*?[") || IsS3(path) {
		return false
	}
	_, err := os.Lstat(r.Path(path))
	return err != nil
}

// expandPatterns puts the files that patterns match, sorted by name, in the patterns' place, so that all that comes after
// knows only files: what a run is known by, what is sent to a cluster. A pattern that matches no file stays, and checkFiles
// reports it.
func (r *Run) expandPatterns(report reporter) {
	for i, path := range r.taskPaths() {
		if !r.reads(r.Tasks[i]) {
			continue
		}
		d := &r.Tasks[i].Data
		listed := map[string]listedFile{}
		for _, part := range []struct {
			name  string
			files *Files
		}{{"path", &d.Path}, {"train", &d.Train}, {"valid", &d.Valid}, {"test", &d.Test}} {
			var files Files
			for _, file := range *part.files {
				found, _ := r.match(file)
				if len(found) == 0 {
					found = []string{file}
				}
				for _, f := range found {
					before, twice := listed[r.realPath(f)]
					byThatName := before.as == f && f == file && !before.matched // Validate has told
					report.bad(twice && !byThatName, path+".data."+part.name, "%s is already listed under %s%s: its rows would count twice", f, before.key, before.unless(f))
					listed[r.realPath(f)] = listedFile{as: f, key: part.name, matched: f != file}
				}
				files = append(files, found...)
			}
			*part.files = files
		}
	}
}

// listedFile is a file that a declaration names: as what, under which key, and whether by a pattern.
type listedFile struct {
	as, key string
	matched bool
}

// unless says by which name a file was listed, if that is another.
func (l listedFile) unless(name string) string {
	if l.as == name {
		return ""
	}
	return " as " + l.as
}

// realPath is equal for all names of one file; an address stays as it is.
func (r *Run) realPath(path string) string {
	at := r.Path(path)
	if whole, err := filepath.EvalSymlinks(at); err == nil && !IsS3(at) {
		return whole
	}
	return at
}

// match lists the files that a pattern matches, as paths like its own; nil for a path that is no pattern. The error is of the
// pattern itself.
func (r *Run) match(pattern string) ([]string, error) {
	if !r.isPattern(pattern) {
		return nil, nil
	}
	at := pattern
	if !filepath.IsAbs(at) {
		at = filepath.Join(literal(r.BaseDir), at)
	}
	found, err := filepath.Glob(at)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(path string) bool {
		info, err := os.Stat(path)
		return err == nil && info.IsDir()
	})
	for i, path := range found {
		if filepath.IsAbs(pattern) {
			continue
		}
		if rel, err := filepath.Rel(r.BaseDir, path); err == nil {
			found[i] = rel
		}
	}
	slices.Sort(found)
	return found, nil
}

// literal is a folder as a pattern that matches it alone.
func literal(dir string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(dir)
}

// checkPattern reports a pattern that matched nothing, and says whether the path is one.
func (r *Run) checkPattern(report reporter, key, path string) bool {
	if !r.isPattern(path) {
		if IsS3(path) && strings.ContainsAny(path, "*?") {
			report(ErrValue, key, fmt.Sprintf("%s: patterns match files of this machine only: list the addresses", path))
			return true
		}
		return false
	}
	where := ""
	if !filepath.IsAbs(path) {
		where = " (paths start from the run file's folder)"
	}
	switch _, err := r.match(path); {
	case err != nil:
		report(ErrValue, key, fmt.Sprintf("%s is not a pattern of file names: a [ is not closed", path))
	case strings.Contains(path, "**"):
		report(ErrMissingFile, key, fmt.Sprintf("the pattern %s matches no file%s: ** does not go through folders, so name each level (*/*.csv)", path, where))
	default:
		report(ErrMissingFile, key, fmt.Sprintf("the pattern %s matches no file%s", path, where))
	}
	return true
}
