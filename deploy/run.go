package deploy

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Run is a run as a cluster is to have it. What is empty or 0 is as in k8s/base.
type Run struct {
	// Name is the run's name in its namespace, and the beginning of its objects' names.
	Name      string
	Namespace string // empty: kubectl's own
	// RunFile is the run file as the coordinator reads it: its relative paths start from InputDir.
	RunFile []byte
	// Seed is what the coordinator is known by, and Token what admits its workers (package credentials).
	Seed, Token string

	Workers    int // must be set
	MinWorkers int // that a drain leaves
	GPUs       int // of each worker; 0: none

	CoordinatorImage, WorkerImage string // with a tag or digest

	CPU, Memory           string // of each worker, as Kubernetes writes quantities
	Storage, StorageClass string // of the run's volume
	PriorityClass         string
	Queue                 string // of Kueue
	NATS                  string // URL of a NATS server that is there already
	Small                 bool   // little of everything, for one machine
}

// Places on the run's volume, as the coordinator's container has them.
const (
	InputDir = "/run/ringmaster/inputs"
	runDirs  = "/run/ringmaster"
)

// RunDir is the run directory of a run in a namespace.
func RunDir(namespace, name string) string { return runDirs + "/" + namespace + "_" + name }

// longestName leaves room for what Kubernetes adds to the names of a run's pods.
const longestName = 40

var goodName = regexp.MustCompile(`^[a-z]([-a-z0-9]*[a-z0-9])?$`)

// CheckName says why a run cannot have a name.
func CheckName(name string) error {
	if len(name) <= longestName && goodName.MatchString(name) {
		return nil
	}
	return fmt.Errorf("%w: %q: give at most %d lower-case letters, digits and dashes, with a letter first and no dash last", ErrName, name, longestName)
}

// NameFor makes a name of a run file's.
func NameFor(file string) string {
	base := strings.ToLower(strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)))
	name := strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(base, "-"), "-")
	if name == "" || name[0] < 'a' {
		name = "run-" + name
	}
	return strings.Trim(name[:min(len(name), longestName)], "-")
}

// longestOnNATS is how long the run's name, with its namespace, may be on NATS.
const longestOnNATS = 64

func (r *Run) check() error {
	switch {
	case CheckName(r.Name) != nil:
		return CheckName(r.Name)
	case len(r.Namespace)+len("_")+len(r.Name) > longestOnNATS:
		return fmt.Errorf("%w: %q: with its namespace %s it has more than %d characters: give a shorter --name", ErrName, r.Name, r.Namespace, longestOnNATS-1)
	case r.Workers < 1:
		return fmt.Errorf("%w: a run needs at least one worker, not %d", ErrOption, r.Workers)
	case r.MinWorkers > r.Workers:
		return fmt.Errorf("%w: cluster.min_workers is %d, but the run starts with %d workers", ErrOption, r.MinWorkers, r.Workers)
	case r.GPUs < 0:
		return fmt.Errorf("%w: %d GPUs", ErrOption, r.GPUs)
	}
	return nil
}

// Write writes the run as a kustomize folder into dir, which is empty: DIR/run is what kubectl
// renders or applies. It holds seed and token.
func (r *Run) Write(dir string) error {
	if err := r.check(); err != nil {
		return err
	}
	if err := writeManifests(dir); err != nil {
		return err
	}
	files := map[string][]byte{"run.yaml": r.RunFile, "seed": []byte(r.Seed), "token": []byte(r.Token)}
	var err error
	if files["kustomization.yaml"], err = r.kustomization(); err != nil {
		return err
	}
	own := filepath.Join(dir, "run")
	if err := os.Mkdir(own, 0o700); err != nil {
		return fmt.Errorf("write the manifests: %w", err)
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(own, name), content, 0o600); err != nil {
			return fmt.Errorf("write the manifests: %w", err)
		}
	}
	return nil
}

// minAvailable is how many workers a drain leaves.
func (r *Run) minAvailable() int { return cmp.Or(r.MinWorkers, 1) }
