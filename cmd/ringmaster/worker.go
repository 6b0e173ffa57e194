package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"ringmaster/cmd/grace"
	"ringmaster/config"
	"ringmaster/coordinator"
	"ringmaster/run/monitor"
	"ringmaster/run/protocol"
)

// workerName is the program that touches tensors.
const workerName = "ringmaster-worker"

// workerProgram finds the worker program in this program's folder, or else on the PATH.
func workerProgram() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	if self, err = filepath.EvalSymlinks(self); err != nil {
		return "", err
	}
	beside := filepath.Join(filepath.Dir(self), workerName)
	if _, err := os.Stat(beside); err == nil {
		return beside, nil
	}
	found, err := exec.LookPath(workerName)
	if err != nil {
		return "", fmt.Errorf("%w: it is neither at %s nor on the PATH; build it with `make build`", coordinator.ErrNoWorkerProgram, beside)
	}
	return found, nil
}

// become replaces this process by the worker program, which then gets signals and input, and
// sets output and exit code. env is added to this process's environment.
func become(env []string, args ...string) error {
	program, err := workerProgram()
	if err != nil {
		return err
	}
	return syscall.Exec(program, append([]string{program}, args...), append(withoutNames(os.Environ(), env), env...))
}

// withoutNames removes the variables that others set from an environment: programs differ in
// which of two variables with one name they use.
func withoutNames(environ, others []string) []string {
	return slices.DeleteFunc(environ, func(old string) bool {
		name, _, _ := strings.Cut(old, "=")
		return slices.ContainsFunc(others, func(other string) bool { return strings.HasPrefix(other, name+"=") })
	})
}

func workerCommand() *cobra.Command {
	var nats, run, name, device, ringAddress, ringPort, http string
	var threads int
	var within time.Duration
	c := &cobra.Command{
		Use:   "worker --nats URL",
		Short: "Join a remote coordinator",
		Long: `Joins the run of a coordinator that was started with ` + "`ringmaster coordinator`" + `, which
prints this command with its token. The token can be given in the URL,
nats://TOKEN@HOST:PORT, or in the environment variable ` + protocol.TokenEnv + `. The URL
can be given in the environment variable ` + protocol.NATSEnv + `.

Press Ctrl-C once to leave the run in an orderly way, after a step or two, and a second time
to abort.`,
		Example: `  ringmaster worker --nats nats://TOKEN@coordinator:4222 --device cuda:0
  ` + protocol.TokenEnv + `=TOKEN ringmaster worker --nats nats://coordinator:4222`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if nats == "" {
				nats = os.Getenv(protocol.NATSEnv)
			}
			if nats == "" {
				return fmt.Errorf("%w: worker needs --nats URL, or %s in the environment", errUsage, protocol.NATSEnv)
			}
			// The URL may contain a secret, so it must not be on a command line that all users can read.
			return become([]string{protocol.NATSEnv + "=" + nats}, "join", "--run", run, "--name", name,
				"--device", device, "--threads", fmt.Sprint(threads), "--ring-address", ringAddress, "--ring-port", ringPort, "--http", http, "--grace", within.String())
		},
	}
	f := c.Flags()
	f.StringVar(&nats, "nats", "", "URL of the coordinator's NATS server; default: the environment variable "+protocol.NATSEnv)
	f.StringVar(&run, "run", "", "name of the run; default: the only run on the server")
	f.StringVar(&name, "name", "", "name of this worker; default: host name and process id")
	f.StringVar(&device, "device", "", "auto, cpu, cuda[:N] or several, for example cuda:0,cuda:1; overrides the run file")
	f.IntVar(&threads, "threads", 0, "number of CPU threads; 0: all cores, or the container's CPU quota")
	f.StringVar(&ringAddress, "ring-address", "", "address at which the other workers reach this one: an IP address, a network such as 10.0.0.0/8, a network interface or a host name; default: all addresses are tried")
	f.StringVar(&http, "http", config.HTTPDefault, "address of the HTTP endpoint with health, metrics and status, host:port, or off; beyond loopback metrics and status require the run's token, or that of "+monitor.TokenEnv)
	f.DurationVar(&within, "grace", grace.Default(), grace.Meaning)
	f.StringVar(&ringPort, "ring-port", "", "port at which the other workers reach this one, or a range such as 29500-29520; default: as in the run file, or a free port")
	return c
}
