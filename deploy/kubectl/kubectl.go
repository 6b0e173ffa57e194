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
	err := run(ctx, nil, &out, append(program(), "kustomize", dir)...)
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
	return run(ctx, in, out, c.Command(args...)...)
}

// Command is the command line that Run runs, for whoever runs it.
func (c Client) Command(args ...string) []string {
	if c.Namespace != "" {
		args = append([]string{"--namespace", c.Namespace}, args...)
	}
	return append(program(), args...)
}

// program is kubectl, with arguments of its own.
func program() []string {
	if words := strings.Fields(os.Getenv(ProgramEnv)); len(words) > 0 {
		return words
	}
	return []string{"kubectl"}
}

func run(ctx context.Context, in io.Reader, out io.Writer, command ...string) error {
	path, err := exec.LookPath(command[0])
	if err != nil {
		return fmt.Errorf("%w: %s is not on the PATH; install it, or name it in %s", ErrNoProgram, command[0], ProgramEnv)
	}
	cmd := exec.CommandContext(ctx, path, command[1:]...)
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
