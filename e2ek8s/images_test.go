package e2ek8s

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"ringmaster/run/protocol"
)

// Images that only these tests need. They are never pulled.
const (
	probeImage  = "ringmaster-e2e-probe:1"
	natsImage   = "ringmaster-e2e-nats:1"
	rolledImage = "ringmaster-worker:e2e-rolled" // the worker's with another label: what a new version is to Kubernetes
	oldImage    = "ringmaster-worker:e2e-old"    // a worker of the protocol's version before
	gpuImage    = "ringmaster-worker:0.1.0-gpu"  // what the overlay gpu runs; the CPU's, which does as well where there is no GPU
)

// workerProgram is where the worker's image has its program.
const workerProgram = "/opt/ringmaster/bin/ringmaster-worker"

// buildImages makes the tests' own images beside those of `make images`, and returns all archives.
func buildImages(ctx context.Context, root, scratch string) ([]string, error) {
	built := filepath.Join(root, "bin", "images")
	archives := []string{filepath.Join(built, "ringmaster-coordinator.tar"), filepath.Join(built, "ringmaster-worker.tar")}
	for _, a := range archives {
		if _, err := os.Stat(a); err != nil {
			return nil, fmt.Errorf("%w: run make images", err)
		}
	}
	worker, err := tarball.ImageFromPath(archives[1], nil)
	if err != nil {
		return nil, err
	}
	for _, own := range []struct {
		tag  string
		make func() (v1.Image, error)
	}{
		{probeImage, func() (v1.Image, error) { return programImage(ctx, root, scratch, "./e2ek8s/probe") }},
		{natsImage, func() (v1.Image, error) {
			return programImage(ctx, root, scratch, "github.com/nats-io/nats-server/v2")
		}},
		{rolledImage, func() (v1.Image, error) { return labelled(worker, "e2e", "rolled") }},
		{gpuImage, func() (v1.Image, error) { return labelled(worker, "e2e", "gpu") }},
		{oldImage, func() (v1.Image, error) { return oldWorker(ctx, root, scratch, worker) }},
	} {
		img, err := own.make()
		if err != nil {
			return nil, fmt.Errorf("image %s: %w", own.tag, err)
		}
		archive, err := write(scratch, own.tag, img)
		if err != nil {
			return nil, err
		}
		archives = append(archives, archive)
	}
	return archives, nil
}

// write writes an image as a docker-archive.
func write(dir, reference string, img v1.Image) (archive string, err error) {
	tag, err := name.NewTag(reference)
	if err != nil {
		return "", err
	}
	archive = filepath.Join(dir, strings.ReplaceAll(reference, ":", "-")+".tar")
	return archive, tarball.WriteToFile(archive, tag, img)
}

// programImage is one static Go program of a module and nothing else.
func programImage(ctx context.Context, module, scratch, pkg string) (v1.Image, error) {
	program := filepath.Join(scratch, "program")
	c := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-trimpath", "-o", program, pkg)
	c.Dir, c.Env = module, append(os.Environ(), "CGO_ENABLED=0")
	if _, err := output(c); err != nil {
		return nil, err
	}
	img, err := withFile(empty.Image, "/program", program)
	if err != nil {
		return nil, err
	}
	config, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.Architecture, config.OS = "amd64", "linux"
	config.Config = v1.Config{Entrypoint: []string{"/program"}, User: "65532:65532"}
	return mutate.ConfigFile(img, config)
}

// withFile lays a program of this machine over an image.
func withFile(img v1.Image, at, file string) (v1.Image, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var packed bytes.Buffer
	out := tar.NewWriter(&packed)
	if err := out.WriteHeader(&tar.Header{Name: strings.TrimPrefix(at, "/"), Mode: 0o755, Size: int64(len(b))}); err != nil {
		return nil, err
	}
	if _, err := out.Write(b); err != nil {
		return nil, err
	}
	if err := out.Close(); err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(packed.Bytes())), nil })
	if err != nil {
		return nil, err
	}
	return mutate.AppendLayers(img, layer)
}

func labelled(img v1.Image, label, value string) (v1.Image, error) {
	config, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.Config.Labels[label] = value
	return mutate.ConfigFile(img, config)
}

var versionLine = regexp.MustCompile(`(?m)^const Version = ` + strconv.Itoa(protocol.Version) + `$`)

// oldWorker is the worker's image with a program that speaks the protocol's version before.
func oldWorker(ctx context.Context, root, scratch string, worker v1.Image) (v1.Image, error) {
	source := filepath.Join(root, "run", "protocol", "subjects.go")
	b, err := os.ReadFile(source)
	if err != nil {
		return nil, err
	}
	if !versionLine.Match(b) {
		return nil, fmt.Errorf("%s does not declare the version %d any more: change versionLine", source, protocol.Version)
	}
	old := filepath.Join(scratch, "subjects.go")
	if err := os.WriteFile(old, versionLine.ReplaceAll(b, []byte("const Version = "+strconv.Itoa(protocol.Version-1))), 0o600); err != nil {
		return nil, err
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{source: old}})
	if err != nil {
		return nil, err
	}
	list := filepath.Join(scratch, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		return nil, err
	}
	program := filepath.Join(scratch, "old-worker")
	c := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-overlay", list,
		"-ldflags", "-s -w -extldflags '-Wl,-rpath,$ORIGIN/../site-packages/torch/lib'", "-o", program, "./cmd/ringmaster-worker")
	c.Dir = root
	if _, err := output(c); err != nil {
		return nil, err
	}
	return withFile(worker, workerProgram, program)
}
