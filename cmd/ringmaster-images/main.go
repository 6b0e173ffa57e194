package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"ringmaster/cmd/usage"
	"ringmaster/cmd/version"
	"ringmaster/durable"
	"ringmaster/images"
	"ringmaster/shown"
)

// listName is the file that lists the images, for programs.
const listName = "images.json"

type settings struct {
	set      images.Set
	packages []string
	torch    string // for CPUs
	gpuTorch string // with CUDA; empty makes no image that holds it
	out      string
	prefix   string
}

func main() {
	var s settings
	c := &cobra.Command{
		Use:     "ringmaster-images --worker FILE --torch DIR [flags] PACKAGE.deb…",
		Short:   "Write the container images as docker-archives",
		Example: "  make images",
		Version: version.String(), Args: cobra.MinimumNArgs(1),
		SilenceUsage: true, SilenceErrors: true,
		RunE: func(c *cobra.Command, packages []string) error {
			s.packages = packages
			return s.write(c.Context())
		},
	}
	f := c.Flags()
	f.StringVar(&s.out, "out", "bin/images", "folder for the archives")
	f.StringVar(&s.prefix, "prefix", "", "put before each image's name, for example registry.example.com/team/")
	f.StringVar(&s.set.Root, "root", ".", "the work tree")
	f.StringVar(&s.set.CoordinatorProgram, "coordinator", "bin/ringmaster", "the program ringmaster")
	f.StringVar(&s.set.WorkerProgram, "worker", "", "the program ringmaster-worker, which looks for torch in ../site-packages")
	f.StringVar(&s.torch, "torch", "", "folder with torch/ and nvidia/, for CPUs")
	f.StringVar(&s.gpuTorch, "gpu-torch", "", "site-packages of a Python with a torch for CUDA; makes the GPU image that holds it")
	usage.Tell(c)
	if err := c.ExecuteContext(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "ringmaster-images:", shown.Message(err.Error()))
		if errors.Is(err, usage.Err) {
			os.Exit(usage.Wrong)
		}
		os.Exit(usage.Failed)
	}
}

func (s *settings) write(ctx context.Context) error {
	commit, day := version.Commit()
	s.set.Version, s.set.Commit = version.Number, commit
	var err error
	if s.set.Date, err = time.Parse(time.DateOnly, day); err != nil {
		s.set.Date = time.Unix(0, 0) // of no commit
	}
	for _, file := range s.packages {
		p, err := images.OpenPackage(ctx, file)
		if err != nil {
			return err
		}
		s.set.Packages = append(s.set.Packages, p)
	}
	if err := os.MkdirAll(s.out, 0o755); err != nil { //nolint:gosec // nothing secret is in it
		return err
	}
	all, err := s.images()
	if err != nil {
		return err
	}
	var written []images.Written
	for _, image := range all {
		w, err := image.Write(s.out, s.prefix)
		if err != nil {
			return fmt.Errorf("image %s: %w", image.Name, err)
		}
		written = append(written, w)
	}
	show(written)
	return list(filepath.Join(s.out, listName), written)
}

// images are those that can be made of what was given.
func (s *settings) images() ([]*images.Image, error) {
	coordinator, err := s.set.Coordinator()
	if err != nil {
		return nil, err
	}
	cpu, err := images.OpenTorch(s.torch)
	if err != nil {
		return nil, err
	}
	s.set.TorchVersion = cpu.Version()
	all := []*images.Image{coordinator}
	for _, v := range []images.Variant{images.CPU, images.Mounted} {
		worker, err := s.set.Worker(v, cpu)
		if err != nil {
			return nil, err
		}
		all = append(all, worker)
	}
	if s.gpuTorch == "" {
		return all, nil
	}
	cuda, err := images.OpenTorch(s.gpuTorch)
	if err != nil {
		return nil, err
	}
	worker, err := s.set.Worker(images.GPU, cuda)
	if err != nil {
		return nil, err
	}
	return append(all, worker), nil
}

func show(written []images.Written) {
	t := table.NewWriter()
	t.SetOutputMirror(os.Stdout)
	t.AppendHeader(table.Row{"image", "MB", "archive MB", "digest"})
	for _, w := range written {
		t.AppendRow(table.Row{w.Name, mb(w.Size), mb(w.Packed), w.Digest})
	}
	t.Render()
}

func mb(bytes int64) string { return fmt.Sprintf("%.1f", float64(bytes)/1e6) }

func list(file string, written []images.Written) error {
	return durable.WriteFile(file, 0o644, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(written)
	})
}
