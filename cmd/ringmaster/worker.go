package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"ringmaster/coordinator"
	"ringmaster/run/protocol"
)

// workerName is the program that touches tensors.
const workerName = "ringmaster-worker"

// workerProgram is the one beside this program, else the first on the PATH.
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
		return "", fmt.Errorf("%w: neither %s nor on the PATH; build it with `make build`", coordinator.ErrNoWorkerProgram, beside)
	}
	return found, nil
}

// become replaces this process by the worker program, so that signals, input, output
// and exit code are its own. env is set beside this process's environment.
func become(env []string, args ...string) error {
	program, err := workerProgram()
	if err != nil {
		return err
	}
	return syscall.Exec(program, append([]string{program}, args...), append(withoutNames(os.Environ(), env), env...))
}

// withoutNames is an environment without the variables that others set anew: of two with
// one name, which counts is each program's own choice.
func withoutNames(environ, others []string) []string {
	return slices.DeleteFunc(environ, func(old string) bool {
		name, _, _ := strings.Cut(old, "=")
		return slices.ContainsFunc(others, func(other string) bool { return strings.HasPrefix(other, name+"=") })
	})
}

func workerCommand() *cobra.Command {
	var nats, run, name, device, ringAddress, ringPort string
	var threads int
	c := &cobra.Command{
		Use:   "worker --nats URL",
		Short: "Take part in a run whose coordinator stands elsewhere",
		Long: `Joins the run of a coordinator that was started with ` + "`ringmaster coordinator`" + `, which
prints this command with its token. The token may stand in the URL, as
nats://TOKEN@HOST:PORT, or in the environment as ` + protocol.TokenEnv + `; the URL may stand there
too, as ` + protocol.NATSEnv + `.`,
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
			// The URL may hold a secret: not on a command line that stays for all to read.
			return become([]string{protocol.NATSEnv + "=" + nats}, "join", "--run", run, "--name", name,
				"--device", device, "--threads", fmt.Sprint(threads), "--ring-address", ringAddress, "--ring-port", ringPort)
		},
	}
	f := c.Flags()
	f.StringVar(&nats, "nats", "", "URL of the coordinator's NATS server; empty takes "+protocol.NATSEnv)
	f.StringVar(&run, "run", "", "name of the run; empty joins whichever is there")
	f.StringVar(&name, "name", "", "this worker's name; empty makes one of host and process")
	f.StringVar(&device, "device", "", "auto, cpu, cuda[:N] or several like cuda:0,cuda:1 in place of what the run file says")
	f.IntVar(&threads, "threads", 0, "CPU threads; 0 takes all, or what a container's quota allows")
	f.StringVar(&ringAddress, "ring-address", "", "where the other workers reach this one: an IP address, a network like 10.0.0.0/8, a network interface or a host name; empty tries all addresses")
	f.StringVar(&ringPort, "ring-port", "", "port that they reach it at, or a range like 29500-29520; empty takes what the run file says, or a free one")
	return c
}
