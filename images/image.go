package images

import (
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// A NamedLayer is a layer with what its history says of it.
type NamedLayer struct {
	Title string
	Files Layer
}

// An Image is one image before it is written. What changes least is its first layer.
type Image struct {
	Name        string
	Variant     Variant
	Set         Set
	Title       string
	Description string
	Entrypoint  []string
	Command     []string
	Path        string   // folder of its programs
	Environment []string // NAME=value, besides PATH and HOME
	Layers      []NamedLayer
	Bill        []byte // CycloneDX, JSON
}

// Written says what an image became.
type Written struct {
	Name    string `json:"name"`    // with its tag
	Archive string `json:"archive"` // file name of the docker-archive
	Bill    string `json:"sbom"`    // file name of its bill of materials
	Digest  string `json:"digest"`  // of its manifest, as registries show it
	ID      string `json:"id"`      // of its configuration, as container engines show it
	Size    int64  `json:"size"`    // bytes of all files
	Packed  int64  `json:"packed"`  // bytes of the archive
}

// Tag is version and variant: 0.1.0, 0.1.0-gpu.
func (i *Image) Tag() string {
	return strings.TrimSuffix(i.Set.Version+"-"+string(i.Variant), "-")
}

// Write writes an image as a docker-archive into a folder, and its bill of materials beside it.
// prefix is put before the image's name, for example a registry and a project.
func (i *Image) Write(dir, prefix string) (w Written, err error) {
	tag, err := name.NewTag(prefix+i.Name+":"+i.Tag(), name.WithDefaultRegistry(""))
	if err != nil {
		return w, err
	}
	file := strings.TrimSuffix(i.Name+"-"+string(i.Variant), "-")
	w = Written{Name: prefix + i.Name + ":" + i.Tag(), Archive: file + ".tar", Bill: file + ".cdx.json"}
	scratch, err := os.MkdirTemp(dir, "layers-*")
	if err != nil {
		return w, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	img, err := i.build(scratch)
	if err != nil {
		return w, err
	}
	if err := os.WriteFile(filepath.Join(dir, w.Bill), i.Bill, 0o644); err != nil { //nolint:gosec // for everybody to read
		return w, err
	}
	draft := filepath.Join(scratch, w.Archive)
	if err := tarball.WriteToFile(draft, tag, img); err != nil {
		return w, err
	}
	if err := os.Rename(draft, filepath.Join(dir, w.Archive)); err != nil {
		return w, err
	}
	return w, i.measure(img, filepath.Join(dir, w.Archive), &w)
}

func (i *Image) measure(img v1.Image, archive string, w *Written) error {
	digest, err := img.Digest()
	if err != nil {
		return err
	}
	id, err := img.ConfigName()
	if err != nil {
		return err
	}
	info, err := os.Stat(archive)
	if err != nil {
		return err
	}
	w.Digest, w.ID, w.Packed = digest.String(), id.String(), info.Size()
	for _, l := range i.Layers {
		w.Size += l.Files.size()
	}
	return nil
}

// build makes the image, with its compressed layers in a scratch folder.
func (i *Image) build(scratch string) (v1.Image, error) {
	when := v1.Time{Time: i.Set.Date.UTC()}
	img := empty.Image
	for n, l := range i.Layers {
		file := filepath.Join(scratch, strconv.Itoa(n)+".tar.gz")
		if err := l.Files.compress(file, i.Set); err != nil {
			return nil, err
		}
		layer, err := tarball.LayerFromFile(file)
		if err != nil {
			return nil, err
		}
		img, err = mutate.Append(img, mutate.Addendum{Layer: layer, History: v1.History{CreatedBy: l.Title, Created: when}})
		if err != nil {
			return nil, err
		}
	}
	config, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.Architecture, config.OS, config.Created = "amd64", "linux", when
	config.Config = v1.Config{
		User:       fmt.Sprintf("%d:%d", nobody, nobody),
		Env:        append([]string{"PATH=" + i.Path, "HOME=/home/nonroot"}, i.Environment...),
		Entrypoint: i.Entrypoint, Cmd: i.Command, WorkingDir: "/home/nonroot", Labels: i.labels(),
	}
	return mutate.ConfigFile(img, config)
}

func (i *Image) labels() map[string]string {
	const prefix = "org.opencontainers.image."
	return map[string]string{
		prefix + "title":       i.Title,
		prefix + "description": i.Description,
		prefix + "version":     i.Set.Version,
		prefix + "revision":    i.Set.Commit,
		prefix + "created":     i.Set.Date.UTC().Format("2006-01-02T15:04:05Z"),
		prefix + "licenses":    "Apache-2.0",
	}
}

// compress writes a layer to a file. The fastest level: layers are read more often from
// a disk beside the cluster than over a slow network.
func (l Layer) compress(file string, s Set) (err error) {
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	packed, err := gzip.NewWriterLevel(out, gzip.BestSpeed)
	if err != nil {
		return err
	}
	return errors.Join(l.write(packed, s.Date), packed.Close())
}
