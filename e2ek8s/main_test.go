package e2ek8s

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// enabledEnv says that these tests are wanted: they need a cluster, and take minutes.
const enabledEnv = "RINGMASTER_E2E_K8S"

// on is the cluster that the tests run on; nil where there is none, and why says so.
var (
	on  *cluster
	why = "set " + enabledEnv + "=1, or run make e2e-k8s"
)

// root is the work tree.
var root string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		if os.Getenv(enabledEnv) == "" {
			return m.Run() // every test skips and says why
		}
		down, err := setUp(context.Background())
		if errors.Is(err, errNoCluster) {
			why = err.Error()
			return m.Run()
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer down()
		return m.Run()
	}())
}

// setUp finds or starts the cluster and loads the images.
func setUp(ctx context.Context) (down func(), err error) {
	if root, err = filepath.Abs(".."); err != nil {
		return nil, err
	}
	c, err := findCluster(root)
	if err != nil {
		return nil, err
	}
	scratch, err := os.MkdirTemp("", "ringmaster-e2ek8s-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(scratch)
	archives, err := buildImages(ctx, root, scratch)
	if err != nil {
		return nil, err
	}
	down, err = c.up(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.load(ctx, archives...); err != nil {
		down()
		return nil, err
	}
	on = c
	return down, nil
}

// needCluster skips where there is no cluster.
func needCluster(t *testing.T) *cluster {
	t.Helper()
	if on == nil {
		t.Skip(why)
	}
	return on
}
