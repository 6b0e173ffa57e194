package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"ringmaster/config"
	"ringmaster/run/directory"
	"ringmaster/run/mirror"
)

// checkResume checks that there is a run to resume, for --resume: in its directory, or its copy in
// a bucket.
func (f *runFlags) checkResume(ctx context.Context, m *mirror.Mirror) error {
	if !f.resume {
		return nil
	}
	if f.runDir == "" {
		return badInput(errors.New("--resume needs --run-dir DIR: name the run to resume"))
	}
	holds, err := directory.Layout(f.runDir).HoldsRun()
	if err == nil && !holds && m != nil {
		holds, err = m.Holds(ctx)
	}
	if err == nil && !holds {
		err = fmt.Errorf("%s: %w: nothing to resume", f.runDir, directory.ErrNoRun)
	}
	return err
}

// openRunDir creates the run directory, the given one or a new one in --runs, or opens the
// one to resume.
func (f *runFlags) openRunDir(file string, run *config.Run, restored string) (*directory.Dir, error) {
	switch {
	case f.resume:
		return resumeRunDir(f.runDir, run, restored)
	case f.runDir != "":
		return directory.Create(f.runDir)
	}
	name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	return directory.CreateUnder(f.runs, time.Now(), name)
}

// resumeRunDir opens the directory of a run to resume, if the run file is that of the run. restored
// is where it was brought from just now; empty: it was here.
func resumeRunDir(path string, run *config.Run, restored string) (_ *directory.Dir, err error) {
	dir, err := directory.Resume(path)
	if err != nil {
		return nil, err
	}
	var resolved bytes.Buffer
	if err = run.Write(&resolved); err == nil {
		err = dir.CheckConfig(resolved.Bytes())
	}
	if err == nil && restored != "" {
		err = dir.Restored(restored)
	}
	if err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	return dir, nil
}
