package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/export"
	"ringmaster/durable"
	"ringmaster/errkind"
)

// exportFlags are the flags of the commands that write corpora.
type exportFlags struct {
	set               []string
	task, out, format string
	asJSON            bool
}

// add declares the flags; verb is what the command does to a corpus.
func (f *exportFlags) add(c *cobra.Command, verb string) {
	c.Flags().StringArrayVar(&f.set, "set", nil, "set a key of the run file (may be repeated)")
	c.Flags().StringVar(&f.task, "task", "", verb+" only the corpus of this task; default: all tasks")
	c.Flags().StringVar(&f.out, "out", "", "folder to create")
	c.Flags().StringVar(&f.format, "format", "", "csv, tsv or jsonl; default: as declared (json, parquet and plain text as jsonl)")
	c.Flags().BoolVar(&f.asJSON, "json", false, "print one line of JSON per corpus")
}

// export writes the corpora of a run file by write, which gets the folder of the run file's
// relative paths and the form to write in.
func (f *exportFlags) export(ctx context.Context, file string, write func(dir, baseDir string, form export.Form, task config.Task) (config.Data, *data.Corpus, error)) error {
	if err := checkFolder("--out", f.out); err != nil {
		return err
	}
	run, tasks, err := tasksOf(ctx, file, f.task, f.set)
	if err != nil {
		return err
	}
	return exportCorpora(*run, tasks, file, f.out, func(dir string, task config.Task) (config.Task, error) {
		if !task.Kind.OneClass() {
			return task, fmt.Errorf("%w: rows are written with one class each, and task %s is of kind %s: choose another task with --task", errUsage, task.Name, task.Kind)
		}
		form, err := export.FormOf(task.Data, config.Format(f.format))
		if err != nil {
			return task, err
		}
		declared, corpus, err := write(dir, run.BaseDir, form, task)
		if err != nil {
			return task, err
		}
		return exported(task, declared, corpus)
	})
}

// exported is a task with the declaration of its written rows, which have classes in place of labels: what followed from the labels
// is said.
func exported(task config.Task, declared config.Data, corpus *data.Corpus) (config.Task, error) {
	task.Data = declared
	if p := corpus.Report.Positive; p != nil {
		task.Positive = p.Class
	}
	if task.Kind.Is(config.KindOrdered) && !slices.Equal(declared.Labels.Classes(), corpus.Classes) {
		return task, errkind.Errorf(export.ErrUnwritable, "its levels (%s) are numbers, and their order is another than that of the numbers: rename them under labels", strings.Join(corpus.Classes, ", "))
	}
	return task, nil
}

// exportCorpora fills a new folder: write writes a task's files and returns the task with their
// declaration; a run file with these tasks is written to the same folder, under the
// name of the original. The folder appears only when it is complete.
func exportCorpora(run config.Run, tasks []config.Task, file, out string, write func(dir string, task config.Task) (config.Task, error)) error {
	if out == "" {
		return fmt.Errorf("%w: name the folder to create with --out DIR", errUsage)
	}
	entries, err := os.ReadDir(out)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return badInput(fmt.Errorf("--out %s cannot be used as a folder: %w", out, err))
	}
	if len(entries) > 0 {
		return fmt.Errorf("%w: the folder %s is not empty: name a new one with --out", errUsage, out)
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
		if tasks[i], err = write(draft, task); err != nil {
			if errors.Is(err, export.ErrUnwritable) {
				return badInput(fmt.Errorf("task %q: %w", task.Name, err))
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
