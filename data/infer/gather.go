package infer

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ringmaster/config"
	"ringmaster/data/textfile"
	"ringmaster/errkind"
	"ringmaster/inputfile"
)

// source is a file to look at.
type source struct {
	at, name string
	// folder is the folder that was named and has it; empty for a file that was named itself.
	folder string
	part   string // that its name tells
	stem   string // its name without the part and without the number of a shard
}

// gather lists the files that paths name, those of folders in the order of their names.
func gather(paths []string) ([]source, error) {
	var all []source
	for _, path := range paths {
		if config.IsS3(path) {
			return nil, errkind.Errorf(ErrUnsuitable, "%s is not on this machine: download a part of it to look at, and set the path in the run file to the address", path)
		}
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, &inputfile.MissingError{At: path, Name: path}
		case err != nil:
			return nil, err
		case !info.IsDir():
			all = append(all, sourceOf(path, ""))
			continue
		}
		files, err := filesOf(path)
		if err != nil {
			return nil, err
		}
		all = append(all, files...)
	}
	return once(all), nil
}

// once leaves out what is a file again, under the same name or another.
func once(all []source) []source {
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(s source) bool {
		whole, err := filepath.EvalSymlinks(absolute(s.at))
		again := err == nil && seen[whole]
		seen[whole] = true
		return again
	})
}

func sourceOf(path, folder string) source {
	part, rest := partOf(withoutShard(stem(path)))
	if parent := filepath.Base(filepath.Dir(path)); part == "" {
		if p, told := partWords[strings.ToLower(parent)]; told { // train/0000.parquet
			part, rest = p, ""
		}
	}
	return source{at: path, name: path, folder: folder, part: part, stem: rest}
}

// filesOf lists the data files of a folder: the folder of a data set of the Hugging Face hub, or any other.
func filesOf(folder string) ([]source, error) {
	var files []source
	var arrow, texts []string
	beside := map[string]bool{} // folders with files
	err := walk(folder, map[string]bool{}, func(path string, entry fs.DirEntry, err error) error {
		switch name := entry.Name(); {
		case err != nil:
			return err
		case strings.HasPrefix(name, ".") && path != folder && entry.IsDir():
			return fs.SkipDir
		case entry.IsDir() || strings.HasPrefix(name, "."):
		case strings.HasSuffix(name, ".arrow"):
			arrow = append(arrow, path)
		case isData(name):
			files = append(files, sourceOf(path, folder))
			beside[filepath.Dir(path)] = true
			if strings.HasSuffix(strings.ToLower(name), ".txt") {
				texts = append(texts, path)
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case len(arrow) > 0 && len(files) == 0:
		return nil, errkind.Errorf(ErrUnsuitable, `%s was written by save_to_disk, as Arrow files, which are not read. Write Parquet files of it in Python:
  import datasets; d = datasets.load_from_disk(%q)
  [part.to_parquet(f"{name}.parquet") for name, part in (d.items() if isinstance(d, dict) else [("train", d)])]
and name those`, folder, folder)
	case len(files) == 0:
		return nil, errkind.Errorf(ErrUnsuitable, "%s has no files of data: files that end in .csv, .tsv, .txt, .jsonl, .json or .parquet, also compressed as .gz, .zst, .bz2 or .zip, are looked for", folder)
	case len(texts) == len(files) && len(files) > 20 && len(beside) > 1:
		return nil, errkind.Errorf(ErrUnsuitable, `%s has a file for each text, %d of them. Write all into one file first, in Python:
  import json, pathlib
  for f in sorted(pathlib.Path(%q).rglob("*.txt")): print(json.dumps({"text": f.read_text(), "label": f.parent.name}))
and name that .jsonl file`, folder, len(files), folder)
	}
	if several := configurations(folder, files); len(several) > 1 {
		return nil, errkind.Errorf(ErrUnsuitable, "%s has several data sets: name one of its folders (%s)", folder, strings.Join(several, ", "))
	}
	return files, nil
}

// walk goes through a folder as filepath.WalkDir does, and through folders that links in it lead to, each once.
func walk(folder string, seen map[string]bool, visit fs.WalkDirFunc) error {
	whole, err := filepath.EvalSymlinks(folder)
	if err != nil || seen[whole] {
		return err
	}
	seen[whole] = true
	root := folder + string(filepath.Separator) // WalkDir follows a link only so
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if path == root {
			path = folder
		}
		if err == nil && entry.Type()&fs.ModeSymlink != 0 {
			if info, failed := os.Stat(path); failed == nil && info.IsDir() {
				return walk(path, seen, visit)
			}
		}
		return visit(path, entry, err)
	})
}

// configurations are the folders with files of data, but those that name a part or are called data.
func configurations(folder string, files []source) []string {
	var several []string
	for _, f := range files {
		dir := filepath.Dir(f.at)
		if p := partWords[strings.ToLower(filepath.Base(dir))]; p != "" && dir != folder {
			dir = filepath.Dir(dir)
		}
		if filepath.Base(dir) == "data" && dir != folder {
			dir = filepath.Dir(dir)
		}
		if !slices.Contains(several, dir) {
			several = append(several, dir)
		}
	}
	return several
}

// isData says whether a file of a folder is looked at.
func isData(name string) bool {
	switch lower := strings.ToLower(name); lower {
	case "dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json", "readme.txt", "license.txt", "requirements.txt", "package.json", "config.json":
		return false
	default:
		inner := textfile.WithoutEnding(lower)
		_, known := config.Ending(inner)
		return known || inner != lower || strings.HasSuffix(lower, ".tab")
	}
}
