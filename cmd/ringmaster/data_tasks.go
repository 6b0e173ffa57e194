package main

import (
	"context"
	"fmt"
	"strings"

	"ringmaster/config"
)

// tasksOf reads a run file and picks the named task, or all of them.
func tasksOf(ctx context.Context, path, name string, set []string) (*config.Run, []config.Task, error) {
	run, err := loadRun(path, set)
	if err == nil {
		err = fetchInputs(ctx, run, showFetched)
	}
	if err != nil {
		return nil, nil, err
	}
	if name == "" {
		return run, run.Tasks, nil
	}
	var names []string
	for _, t := range run.Tasks {
		if t.Name == name {
			return run, []config.Task{t}, nil
		}
		names = append(names, t.Name)
	}
	return nil, nil, fmt.Errorf("%w: %s has no task %q; its tasks are %s", errUsage, path, name, strings.Join(names, ", "))
}
