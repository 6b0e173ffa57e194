package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"ringmaster/config"
	"ringmaster/data/export"
	"ringmaster/durable"
)

// exportCorpora fills a new folder: export writes a task's files and returns their
// declaration; the run file with these declarations lies beside them, named as the one
// they come from. The folder is there when all of it is.
func exportCorpora(run config.Run, tasks []config.Task, file, out string, write func(dir string, task config.Task) (config.Data, error)) error {
	if out == "" {
		return fmt.Errorf("%w: say with --out into which new folder", errUsage)
	}
	entries, err := os.ReadDir(out)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &badInput{fmt.Errorf("--out %s cannot be a folder: %w", out, err)}
	}
	if len(entries) > 0 {
		return fmt.Errorf("%w: the folder %s holds something already: name a new one with --out", errUsage, out)
	}
	draft, err := durable.NewFolder(out)
	if err != nil {
		return err
	}
	defer os.RemoveAll(draft) // nothing is there once it is in place
	if len(tasks) < len(run.Tasks) {
		tasks[0].Target, run.Method = true, config.Single // a run of this task alone
	}
	run.Tasks = tasks
	for i, task := range tasks {
		if tasks[i].Data, err = write(draft, task); err != nil {
			if errors.Is(err, export.ErrUnwritable) {
				return &badInput{fmt.Errorf("task %q: %w", task.Name, err)}
			}
			return err
		}
	}
	if err := durable.CreateFile(filepath.Join(draft, filepath.Base(file)), func(w io.Writer) error { return run.WriteBeside(w) }); err != nil {
		return err
	}
	if err := durable.PutFolder(draft, out); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "wrote %s\n", filepath.Join(out, filepath.Base(file)))
	return nil
}
