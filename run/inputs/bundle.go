package inputs

import (
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"

	"ringmaster/config"
	"ringmaster/model/hub"
	"ringmaster/run/transfer"
)

// Bundle is a run's files under the names that they have at their destination.
type Bundle struct {
	run  config.Run
	tree transfer.Tree
}

// Of gathers the files of a run from config.Load. It reads each of them for its checksum.
func Of(run *config.Run) (*Bundle, error) {
	g := gatherer{run: run, names: map[string]string{}, taken: map[string]bool{}}
	b := &Bundle{run: *run}
	if run.Model.Base != "" && !config.IsS3(run.Model.Base) {
		b.run.Model.Base = g.model("model", run.Model.Base)
	}
	b.run.Tasks = append([]config.Task(nil), run.Tasks...)
	for i := range b.run.Tasks {
		t := &b.run.Tasks[i]
		if t.Teacher.Path != "" && !config.IsS3(t.Teacher.Path) {
			t.Teacher.Path = g.model(path.Join("teachers", t.Name), t.Teacher.Path)
		}
		t.Teacher.Paths = slices.Clone(t.Teacher.Paths)
		for k, folder := range t.Teacher.Paths {
			if !config.IsS3(folder) {
				t.Teacher.Paths[k] = g.model(path.Join("teachers", fmt.Sprintf("%s-%d", t.Name, k+2)), folder)
			}
		}
	}
	for i := range b.run.Tasks {
		one := b.run
		one.Model, one.Tasks = config.Model{}, b.run.Tasks[i:i+1]
		b.run.Tasks[i] = one.WithPaths(g.file(path.Join("data", one.Tasks[0].Name)), unchanged).Tasks[0]
	}
	without := b.run
	without.Tasks = nil
	b.run.Model = without.WithPaths(g.file("vectors"), unchanged).Model
	b.tree = g.tree
	return b, g.err
}

func unchanged(path string) string { return path }

// gatherer puts files into a tree. The first error ends it.
type gatherer struct {
	run   *config.Run
	tree  transfer.Tree
	names map[string]string // of files and folders that are in the tree already, by their path
	taken map[string]bool
	err   error
}

// model adds a model's folder, and gives its path at the destination.
func (g *gatherer) model(name, nameOrPath string) string {
	dir, err := hub.Resolve(nameOrPath, g.run.BaseDir)
	if g.err != nil || err != nil {
		g.fail(err)
		return nameOrPath
	}
	if g.names[dir] == "" {
		g.names[dir] = name
		subfolders := func(below string) bool { return path.Dir(below) != "." } // a model has none that matter
		g.fail(g.tree.AddFolder(name, dir, subfolders))
	}
	return "./" + g.names[dir]
}

// file gives what adds a file below a folder, and gives its path at the destination.
func (g *gatherer) file(folder string) func(string) string {
	return func(from string) string {
		if g.err != nil || config.IsS3(from) {
			return from
		}
		at := g.run.Path(from)
		if name := g.names[at]; name != "" {
			return name
		}
		name := path.Join(folder, filepath.Base(at))
		for n := 2; g.taken[name]; n++ {
			name = path.Join(folder, fmt.Sprint(n), filepath.Base(at))
		}
		g.names[at], g.taken[name] = name, true
		g.fail(g.tree.Add(name, at))
		return name
	}
}

func (g *gatherer) fail(err error) {
	if g.err == nil {
		g.err = err
	}
}

// Files lists what is sent.
func (b *Bundle) Files() []transfer.File { return b.tree.Files() }

// Bytes is the size of all of it.
func (b *Bundle) Bytes() int64 { return b.tree.Bytes() }

// WriteRun writes the run file with the names at the destination: relative to the folder that
// Push's other end receives into. As in every written run file, the token is left out.
func (b *Bundle) WriteRun(w io.Writer) error { return b.run.WriteAsIs(w) }

// Push gives the files to the other end of a pipe, which receives what it lacks of them. sent hears
// of bytes that have gone. The errors are those of transfer.Give.
func (b *Bundle) Push(conn io.ReadWriter, sent func(bytes int64)) error {
	return transfer.Give(conn, &b.tree, sent)
}
