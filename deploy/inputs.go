package deploy

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"

	"ringmaster/config"
)

// InputDir is where the coordinator finds a run's inputs.
const InputDir = "/etc/ringmaster-inputs"

// Input is a file that the run file names.
type Input struct {
	Key     string // its name below InputDir
	Content []byte
}

// file is where it lies in the run's kustomize folder.
func (i Input) file() string { return path.Join("inputs", i.Key) }

// inputLimit is how large the inputs may be that travel in a ConfigMap, which holds 1 MiB at most.
const inputLimit = 900 << 10

// Pack rewrites a run so that it finds its files below InputDir, and returns them.
func Pack(run *config.Run) (packed config.Run, inputs []Input, err error) {
	packed = run.Absolute()
	p := packer{keys: map[string]string{}}
	packed.Tasks = slices.Clone(packed.Tasks)
	for i := range packed.Tasks {
		d := &packed.Tasks[i].Data
		for _, files := range []*config.Files{&d.Path, &d.Train, &d.Valid, &d.Test} {
			*files = slices.Clone(*files)
			for j := range *files {
				(*files)[j] = p.add((*files)[j])
			}
		}
		d.LabelNames = p.add(d.LabelNames)
	}
	if !run.Model.TrainsVectors() {
		packed.Model.Vectors = p.add(packed.Model.Vectors)
	}
	if p.err == nil && packed.Model.Base != "" {
		p.err = fmt.Errorf("%w: the encoder %s cannot be sent to a cluster yet: use model.arch", ErrInput, run.Model.Base)
	}
	return packed, p.inputs, p.err
}

// packer reads files, each once.
type packer struct {
	keys   map[string]string // by path on this machine
	inputs []Input
	size   int64
	err    error
}

var notInKeys = regexp.MustCompile(`[^-._a-zA-Z0-9]`)

// add reads a file and returns its path in the cluster.
func (p *packer) add(name string) string {
	if name == "" || p.err != nil {
		return name
	}
	if key, ok := p.keys[name]; ok {
		return path.Join(InputDir, key)
	}
	content, err := p.read(name)
	if err != nil {
		p.err = err
		return name
	}
	base := notInKeys.ReplaceAllString(filepath.Base(name), "_")
	key := base
	for n := 2; slices.ContainsFunc(p.inputs, func(i Input) bool { return i.Key == key }); n++ {
		key = fmt.Sprintf("%d-%s", n, base)
	}
	p.keys[name] = key
	p.inputs = append(p.inputs, Input{Key: key, Content: content})
	return path.Join(InputDir, key)
}

func (p *packer) read(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInput, err)
	}
	if p.size += info.Size(); p.size > inputLimit {
		return nil, fmt.Errorf("%w: with %s the files have more than %d KiB", ErrInput, name, inputLimit>>10)
	}
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInput, err)
	}
	return content, nil
}
