package coordinator

import (
	"errors"
	"os"
	"path/filepath"
	"slices"

	"ringmaster/durable"
	"ringmaster/model/checkpoint"
	"ringmaster/model/weights"
	"ringmaster/run/directory"
	"ringmaster/run/plan"
)

// ensureModel makes sure that the model exists that the stages from under on begin with. A
// missing or damaged one is restored from the checkpoint that has it too; without such a
// checkpoint, the stage that trains it becomes the one under way.
func (r *recovery) ensureModel(under int) (int, error) {
	final := slices.IndexFunc(r.stages, func(s stage) bool {
		_, trains := s.(*trainStage)
		return trains && plan.Final(s.name())
	})
	if final < 0 || under <= final {
		return under, nil
	}
	place := r.dir.Model()
	whole := func() bool { _, err := weights.Open(place); return err == nil }
	cp, kept := r.exported(r.stages[final])
	if whole() && (!kept || sameFiles(cp, place)) {
		return under, nil
	}
	aside, err := directory.SetAside(place, "damaged")
	if err != nil {
		return 0, err
	}
	stands := ""
	if aside != "" {
		stands = "; the damaged one is kept as " + filepath.Base(aside)
	}
	if !kept {
		r.notify("%s is missing or damaged, and no checkpoint has it: it is trained again%s", place, stands)
		return final, nil
	}
	r.notify("%s is missing or damaged, and is restored from %s%s", place, filepath.Base(cp.Dir), stands)
	return under, copyModel(cp, place)
}

// modelFiles are the names of a checkpoint's files that are the model's.
func modelFiles(dir string) (names []string, err error) {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if name := e.Name(); name != directory.ProgressFile && name != directory.ChecksumsFile && !checkpoint.IsState(name) {
			names = append(names, name)
		}
	}
	return names, err
}

// sameFiles says whether a folder has the model's files as the checkpoint has them.
func sameFiles(cp directory.Checkpoint, place string) bool {
	names, err := modelFiles(cp.Dir)
	return err == nil && !slices.ContainsFunc(names, func(name string) bool {
		return !directory.SameContent(filepath.Join(cp.Dir, name), filepath.Join(place, name))
	})
}

func copyModel(cp directory.Checkpoint, place string) error {
	names, err := modelFiles(cp.Dir)
	if err != nil {
		return err
	}
	draft, err := durable.NewFolder(place)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := durable.CopyFile(filepath.Join(cp.Dir, name), filepath.Join(draft, name)); err != nil {
			return errors.Join(err, os.RemoveAll(draft))
		}
	}
	return durable.PutFolder(draft, place)
}
