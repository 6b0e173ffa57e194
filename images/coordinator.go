package images

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
)

// CoordinatorName is the name of the coordinator's image.
const CoordinatorName = "ringmaster-coordinator"

const programPath = "usr/local/bin/ringmaster"

// Coordinator is the image of `ringmaster`: the static program and the sample, from scratch.
func (s Set) Coordinator() (*Image, error) {
	if err := checkStatic(s.CoordinatorProgram); err != nil {
		return nil, err
	}
	modules, err := goModules(s.CoordinatorProgram)
	if err != nil {
		return nil, err
	}
	program, err := fileOnDisk(s.CoordinatorProgram, 0o755)
	if err != nil {
		return nil, err
	}
	var authorities []*Package
	for _, p := range s.Packages {
		if p.Name == "ca-certificates" {
			authorities = append(authorities, p)
		}
	}
	bundle, err := certificates(authorities)
	if err != nil {
		return nil, err
	}
	rest := Layer{
		"tmp":           folder(fs.ModeSticky|0o777, 0),
		"home/nonroot":  folder(0o750, nobody),
		"etc/passwd":    text([]byte("nonroot:x:65532:65532:nonroot:/home/nonroot:/\n"), 0o644),
		"etc/group":     text([]byte("nonroot:x:65532:\n"), 0o644),
		bundlePath:      bundle,
		bundleCopyright: authorities[0].files[bundleCopyright],
	}
	if err := s.addSample(rest); err != nil {
		return nil, err
	}
	image := &Image{
		Name: CoordinatorName, Set: s, Entrypoint: []string{"/" + programPath}, Path: "/" + path.Dir(programPath),
		Title: "Ringmaster's coordinator", Description: "Coordinates the distributed training of text classifiers; has the embedded NATS server and all data tools.",
		Layers: []NamedLayer{{"CA certificates and the sample", rest}, {"ringmaster " + s.Version, Layer{programPath: program}}},
	}
	return image, s.finish(image, append(modules, debianComponents(authorities)...))
}

const bundleCopyright = "usr/share/doc/ca-certificates/copyright"

// checkStatic refuses a program that needs a dynamic loader: nothing else is in its image.
func checkStatic(program string) error {
	f, err := elf.Open(program)
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrProgram, program, err)
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			err = fmt.Errorf("%w: %s is linked dynamically, but its image has no libraries: build it with CGO_ENABLED=0", ErrProgram, program)
		}
	}
	return errors.Join(err, f.Close())
}

// addSample adds the example that a new user trains first, with its corpora.
func (s Set) addSample(l Layer) error {
	found := []string{filepath.Join(s.Root, "examples", "sample.yaml")}
	for _, pattern := range []string{"*.csv", "*.tsv", "*.jsonl"} {
		corpora, err := filepath.Glob(filepath.Join(s.Root, "examples", "sample", pattern))
		if err != nil {
			return err
		}
		found = append(found, corpora...)
	}
	for _, name := range found {
		e, err := fileOnDisk(name, 0o644)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(s.Root, name)
		if err != nil {
			return err
		}
		l[path.Join("usr/share/ringmaster", filepath.ToSlash(rel))] = e
	}
	return nil
}
