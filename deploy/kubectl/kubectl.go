package kubectl

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// ProgramEnv names the variable that has another program, or arguments, in kubectl's place.
const ProgramEnv = "RINGMASTER_KUBECTL"

var (
	// ErrNoProgram: there is no kubectl.
	ErrNoProgram = errors.New("kubectl not found")
	// ErrFailed: kubectl ended with an error, which it has explained.
	ErrFailed = errors.New("kubectl failed")
	// ErrNotFound: the cluster has no such object.
	ErrNotFound = errors.New("not found")
)

// Client runs kubectl in a namespace.
type Client struct {
	Namespace string // empty: that of kubectl's context
}

// Render renders a kustomize folder. It needs no cluster.
func (c Client) Render(ctx context.Context, dir string) ([]byte, error) {
	var out bytes.Buffer
	err := run(ctx, nil, &out, "kustomize", dir)
	return out.Bytes(), err
}

// Apply creates and updates objects. What kubectl says of them goes to out. It is the server that compares: kubectl itself
// would keep a copy of each object in an annotation, which holds 256 KiB, less than a ConfigMap.
func (c Client) Apply(ctx context.Context, manifest []byte, out io.Writer) error {
	return c.Run(ctx, bytes.NewReader(manifest), out, "apply", "--server-side", "-f", "-")
}

// Get decodes the objects that `kubectl get ARGS -o json` prints.
func (c Client) Get(ctx context.Context, into any, args ...string) error {
	var out bytes.Buffer
	if err := c.Run(ctx, nil, &out, append(append([]string{"get"}, args...), "-o", "json")...); err != nil {
		return err
	}
	if err := json.Unmarshal(out.Bytes(), into); err != nil {
		return fmt.Errorf("kubectl get %s: %w", strings.Join(args, " "), err)
	}
	return nil
}

// Run runs kubectl in the namespace. The error holds what it said on standard error.
func (c Client) Run(ctx context.Context, in io.Reader, out io.Writer, args ...string) error {
	if c.Namespace != "" {
		args = append([]string{"--namespace", c.Namespace}, args...)
	}
	return run(ctx, in, out, args...)
}

// CurrentNamespace is the namespace that kubectl's context names.
func CurrentNamespace(ctx context.Context) (string, error) {
	var out bytes.Buffer
	if err := run(ctx, nil, &out, "config", "view", "--minify", "--output", "jsonpath={..namespace}"); err != nil {
		return "", err
	}
	if name := strings.TrimSpace(out.String()); name != "" {
		return name, nil
	}
	return "default", nil
}

func run(ctx context.Context, in io.Reader, out io.Writer, args ...string) error {
	program := strings.Fields(os.Getenv(ProgramEnv))
	if len(program) == 0 {
		program = []string{"kubectl"}
	}
	path, err := exec.LookPath(program[0])
	if err != nil {
		return fmt.Errorf("%w: %s is not on the PATH; install it, or name it in %s", ErrNoProgram, program[0], ProgramEnv)
	}
	cmd := exec.CommandContext(ctx, path, append(program[1:], args...)...)
	var said bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, &said
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case strings.Contains(said.String(), "(NotFound)"):
		return fmt.Errorf("%w: %s", ErrNotFound, strings.TrimSpace(said.String()))
	case errors.As(err, &exit):
		return fmt.Errorf("%w (exit code %d): %s", ErrFailed, exit.ExitCode(), strings.TrimSpace(said.String()))
	default:
		return fmt.Errorf("%w: %w", ErrFailed, err)
	}
}
