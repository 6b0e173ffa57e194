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
	"ringmaster/run/credentials"
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

// invited is where and with what token a worker joins, as variables of its environment.
func invited(join, nats, tokenFile string) ([]string, error) {
	if join != "" {
		i, err := credentials.ReadInvitation(join)
		if err != nil {
			return nil, badInput(err)
		}
		if nats != "" { // the same run by another address
			i.URL = nats
		}
		return []string{protocol.NATSEnv + "=" + i.URL, protocol.TokenEnv + "=" + i.Token, protocol.TokenFileEnv + "="}, nil
	}
	if nats == "" {
		nats = os.Getenv(protocol.NATSEnv)
	}
	if nats == "" {
		return nil, fmt.Errorf("%w: worker needs --join FILE (RUN_DIR/join of the coordinator's machine), or --nats URL, or %s in the environment", errUsage, protocol.NATSEnv)
	}
	token, err := protocol.TokenGiven(tokenFile)
	if err != nil {
		return nil, badInput(err)
	}
	return []string{protocol.NATSEnv + "=" + nats, protocol.TokenEnv + "=" + token, protocol.TokenFileEnv + "="}, nil
}

func workerCommand() *cobra.Command {
	var nats, join, tokenFile, run, name, device, ringAddress, ringPort, http string
	var threads int
	var within time.Duration
	c := &cobra.Command{
		Use:   "worker --join FILE",
		Short: "Join a remote coordinator",
		Long: `Joins the run of a coordinator that was started with ` + "`ringmaster coordinator`" + `. That has
written RUN_DIR/join: copy it to this machine. In place of --join the address can be given by --nats, or
in the environment variable ` + protocol.NATSEnv + `, and the token in a file by --token-file, or in the
environment variables ` + protocol.TokenFileEnv + ` or ` + protocol.TokenEnv + `.

Press Ctrl-C once to leave the run in an orderly way, after a step or two, and a second time
to abort.`,
		Example: `  ringmaster worker --join join --device cuda:0
  ringmaster worker --nats tls://coordinator:4222 --token-file token`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			env, err := invited(join, nats, tokenFile)
			if err != nil {
				return err
			}
			// Secrets must not be on a command line, which all users can read.
			return become(env, "join", "--run", run, "--name", name,
				"--device", device, "--threads", fmt.Sprint(threads), "--ring-address", ringAddress, "--ring-port", ringPort, "--http", http, "--grace", within.String())
		},
	}
	f := c.Flags()
	f.StringVar(&join, "join", "", "join file of the run: RUN_DIR/join of the coordinator's machine")
	f.StringVar(&nats, "nats", "", "URL of the coordinator's NATS server, as tls://coordinator:4222; default: the environment variable "+protocol.NATSEnv)
	f.StringVar(&tokenFile, "token-file", "", "file with the run's token; default: "+protocol.TokenFileEnv+", then the token in "+protocol.TokenEnv)
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
