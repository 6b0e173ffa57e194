package e2ek8s

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A cluster is where the tests run: somebody's, or one that the test cluster's tool makes.
type cluster struct {
	tool string // of the test cluster; empty for a cluster that KUBECONFIG names
}

// errNoCluster: there is nothing to test on. Its text is for the line that says SKIP.
var errNoCluster = errors.New("no cluster: set KUBECONFIG, or TESTCLUSTER to the test cluster's tool")

// nodesWanted is how many nodes the test cluster is made of.
const nodesWanted = 3

// findCluster finds the cluster to test on.
func findCluster(root string) (*cluster, error) {
	if os.Getenv("KUBECONFIG") != "" {
		return &cluster{}, nil
	}
	tool := os.Getenv("TESTCLUSTER")
	if tool == "" {
		tool = filepath.Join(root, "..", "shared", "testcluster", "testcluster")
	}
	if _, err := os.Stat(tool); err != nil {
		return nil, errNoCluster
	}
	if os.Geteuid() != 0 {
		return nil, fmt.Errorf("the test cluster's tool needs root: %w", errNoCluster)
	}
	return &cluster{tool: tool}, nil
}

// up starts the test cluster, unless it is up with all its nodes or somebody else's; down ends what up started.
func (c *cluster) up(ctx context.Context) (down func(), err error) {
	nothing := func() {}
	if c.tool == "" {
		return nothing, nil
	}
	if nodes, err := output(exec.CommandContext(ctx, c.tool, "kubectl", "get", "nodes", "--no-headers")); err == nil {
		if strings.Count(nodes, " Ready ") >= nodesWanted {
			return nothing, nil
		}
		_ = exec.CommandContext(ctx, c.tool, "down").Run() // a test before cut a node off
	}
	if _, err := output(exec.CommandContext(ctx, c.tool, "install")); err != nil {
		return nothing, err
	}
	if _, err := output(exec.CommandContext(ctx, c.tool, "up", fmt.Sprint(nodesWanted))); err != nil {
		return nothing, err
	}
	return func() { _ = exec.Command(c.tool, "down").Run() }, nil
}

// command makes a command that reaches the cluster: it runs where the cluster's addresses are known.
func (c *cluster) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	if c.tool != "" {
		name, args = c.tool, append([]string{"exec", name}, args...)
	}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // the tool starts others
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// load makes images known to every node.
func (c *cluster) load(ctx context.Context, archives ...string) error {
	command := strings.Fields(os.Getenv("RINGMASTER_E2E_LOAD"))
	if c.tool != "" {
		command = []string{c.tool, "image"}
	}
	if len(command) == 0 {
		return nil
	}
	_, err := output(exec.CommandContext(ctx, command[0], append(command[1:], archives...)...))
	return err
}

// errNoNodeOff: this cluster's nodes cannot be cut off.
var errNoNodeOff = errors.New("set RINGMASTER_E2E_NODE_OFF to a command that cuts a node off")

// cutOff takes a node's network away, so that nobody hears of its end, and powers it off.
func (c *cluster) cutOff(ctx context.Context, node string) error {
	if c.tool != "" {
		number := strings.TrimPrefix(node, "node")
		if _, err := output(c.command(ctx, "ip", "link", "set", "n"+number, "down")); err != nil {
			return err
		}
		go func() { _ = exec.Command(c.tool, "nodeoff", number).Run() }()
		return nil
	}
	command := strings.Fields(os.Getenv("RINGMASTER_E2E_NODE_OFF"))
	if len(command) == 0 {
		return errNoNodeOff
	}
	_, err := output(exec.CommandContext(ctx, command[0], append(command[1:], node)...))
	return err
}

// kubectl runs kubectl and returns its standard output.
func (c *cluster) kubectl(t *testing.T, args ...string) string {
	t.Helper()
	out, err := c.tryKubectl(t.Context(), "", args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// apply applies a manifest.
func (c *cluster) apply(t *testing.T, manifest string) {
	t.Helper()
	if _, err := c.tryKubectl(t.Context(), manifest, "apply", "-f", "-"); err != nil {
		t.Fatal(err)
	}
}

func (c *cluster) tryKubectl(ctx context.Context, input string, args ...string) (string, error) {
	cmd := c.command(ctx, "kubectl", args...)
	cmd.Stdin = strings.NewReader(input)
	return output(cmd)
}

// namespace makes a namespace for a test, and removes it with all that is in it.
func (c *cluster) namespace(t *testing.T, labels ...string) string {
	t.Helper()
	name := fmt.Sprintf("ringmaster-e2e-%d", time.Now().UnixNano()%1e9)
	c.kubectl(t, "create", "namespace", name)
	if len(labels) > 0 {
		c.kubectl(t, append([]string{"label", "namespace", name}, labels...)...)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if _, err := c.tryKubectl(ctx, "", "delete", "namespace", name, "--wait=false"); err != nil {
			t.Error(err)
		}
	})
	return name
}

// output runs a command; where it fails, the error has what it said.
func output(cmd *exec.Cmd) (string, error) {
	var out, problem bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problem
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%s: %w\n%s%s", strings.Join(cmd.Args, " "), err, out.String(), problem.String())
	}
	return out.String(), nil
}
