package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ringmaster/affinity"
	"ringmaster/cmd/grace"
	"ringmaster/config"
	"ringmaster/coordinator"
	"ringmaster/coordinator/core"
	"ringmaster/gpus"
	"ringmaster/run/directory"
	"ringmaster/run/protocol"
)

// runFlags are what train and coordinator have in common.
type runFlags struct {
	workers int
	set     []string
	runDir  string
	runs    string
	nats    string
	token   string
	http    string
	grace   time.Duration
	secrets string // folder of credentials
	device  string
	trace   bool
	resume  bool
	// supervised: a supervisor starts this program again whenever it ends.
	supervised bool
	inputs     string        // folder that relative paths of the run file start from; empty: the run file's
	method     config.Method // the command's own, in place of the run file's; empty leaves it
}

func (f *runFlags) register(c *cobra.Command) {
	flags := c.Flags()
	flags.IntVar(&f.workers, "workers", 0, "number of workers; 0: as in the run file, else one for all GPUs, else one per two cores")
	flags.StringArrayVar(&f.set, "set", nil, "set a key of the run file, for example --set train.lr=3e-5 (may be repeated)")
	flags.StringVar(&f.runDir, "run-dir", "", "run directory; default: a new one in --runs")
	flags.StringVar(&f.runs, "runs", "runs", "folder for run directories and shared teachers")
	flags.StringVar(&f.nats, "nats", "", "URL of a NATS server to use instead of the embedded one")
	flags.StringVar(&f.token, "token", "", "a token that you make up, for workers on this machine, or the token of the server of --nats; default: cluster.token, then "+protocol.TokenEnv)
	flags.StringVar(&f.secrets, "credentials", "", "`folder` with the run's seed, as 'ringmaster credentials new' makes it; default: cluster.credentials, or new credentials for the run")
	flags.StringVar(&f.http, "http", "", "address of the HTTP endpoint with health, metrics and status, host:port, or off; default: cluster.http, a free port of 127.0.0.1")
	flags.DurationVar(&f.grace, "grace", grace.Default(), grace.Meaning)
	flags.BoolVar(&f.resume, "resume", false, "resume the run in --run-dir: with its workers if they are still running, otherwise from its newest checkpoint")
	flags.BoolVar(&f.trace, "trace", false, "write RUN_DIR/trace.json, a timeline of all steps for chrome://tracing or ui.perfetto.dev")
	flags.StringVar(&f.device, "device", "", "auto, cpu, cuda[:N] or several, for example cuda:0,cuda:1; overrides the run file")
}

// keys are the values of the flags by the keys of a run file that they stand for.
func (f *runFlags) keys() map[string]string {
	flags := map[string]string{}
	if f.workers != 0 {
		flags["cluster.workers"] = fmt.Sprint(f.workers)
	}
	if f.nats != "" {
		flags["cluster.nats"] = f.nats
	}
	if f.token != "" {
		flags["cluster.token"] = f.token
	}
	if f.http != "" {
		flags["cluster.http"] = f.http
	}
	if f.device != "" {
		flags["device"] = f.device
	}
	if f.method != "" {
		flags["method"] = string(f.method)
	}
	return flags
}

// load reads the run file under the flags.
func (f *runFlags) load(path string) (*config.Run, error) {
	for flag, folder := range map[string]string{"--run-dir": f.runDir, "--runs": f.runs} {
		if err := checkFolder(flag, folder); err != nil {
			return nil, err
		}
	}
	run, err := f.read(path)
	if err != nil {
		return nil, err
	}
	if run.Cluster.Token == "" {
		run.Cluster.Token = protocol.TokenFromEnv()
	}
	if f.secrets != "" { // the run file's own paths start from its folder
		if run.Cluster.Credentials, err = filepath.Abs(f.secrets); err != nil {
			return nil, err
		}
	}
	return run, nil
}

// loadHere is load for workers that are all started on this machine.
func (f *runFlags) loadHere(path string) (*config.Run, error) {
	run, err := f.load(path)
	if err != nil {
		return nil, err
	}
	if run.Cluster.Workers == 0 {
		if err := takeMachine(run, gpus.Visible()); err != nil {
			return nil, err
		}
	}
	return run, coordinator.CheckLocal(run.Cluster)
}

// takeMachine sets the number of workers, and their devices, to what this machine has: one worker
// drives all its GPUs; without GPUs there is one worker for every two cores, at least one: on
// fewer, ranks would wait for each other's core. A container's quota counts as cores.
func takeMachine(run *config.Run, gpus int) error {
	if gpus == 0 || run.Device != "auto" && !strings.HasPrefix(run.Device, "cuda") {
		return takeCores(run)
	}
	run.Cluster.Workers = 1
	if run.Device == "auto" && gpus > 1 {
		devices := make([]string, gpus)
		for i := range devices {
			devices[i] = fmt.Sprintf("cuda:%d", i)
		}
		run.Device = strings.Join(devices, ",")
	}
	notice(fmt.Sprintf("%d GPU(s) found: one worker uses %s (--workers N for more)", gpus, run.Device))
	return nil
}

func takeCores(run *config.Run) error {
	own, err := affinity.Own()
	run.Cluster.Workers = max(1, own.Count()/2)
	return err
}

func trainCommand() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "train FILE.yaml",
		Short: "Train a run file on this machine",
		Long: `Reads the run file, checks its data and models, starts the workers, trains the missing
teachers and then the student, scores the student on the test rows, and prints the scores
and the model's folder.`,
		Example: `  ringmaster train examples/sample.yaml
  ringmaster train examples/newsemp-kd.yaml --workers 2 --set train.epochs=2
  ringmaster train examples/sample.yaml --trace
  ringmaster train examples/sample.yaml --run-dir runs/20260102-150405-sample --resume`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return f.runLocally(c.Context(), args[0]) },
	}
	f.register(c)
	return c
}

// runLocally runs a run file with workers on this machine.
func (f *runFlags) runLocally(ctx context.Context, file string) error {
	run, err := f.loadHere(file)
	if err != nil {
		return err
	}
	program, err := workerProgram()
	if err != nil {
		return err
	}
	return carryOut(ctx, file, run, *f, coordinator.Options{LocalProgram: program, Host: "127.0.0.1", Port: -1})
}

func coordinatorCommand() *cobra.Command {
	var f runFlags
	var host string
	var port int
	c := &cobra.Command{
		Use:   "coordinator FILE.yaml",
		Short: "Train a run file with workers that you start yourself, also on other machines",
		Long: `Does the same as train, but starts no workers. It waits until the number of workers of
the run file have joined.

It writes RUN_DIR/join, a file with its address and a token that was made for this run, and prints the
command by which a worker joins with it. Copy that one file to the machines of the workers, and
keep it secret. Where other machines can connect (--host 0.0.0.0), everything between coordinator
and workers is encrypted (cluster.tls).`,
		Example: `  ringmaster coordinator examples/sample.yaml --workers 2 --host 0.0.0.0
  scp runs/20260102-150405-sample/join gpu2: && ssh gpu2 ringmaster worker --join join
  ringmaster coordinator examples/sample.yaml --host 0.0.0.0 --credentials secrets
  ringmaster coordinator run.yaml --inputs /data/inputs --run-dir /data/my-run --supervised`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.checkSupervised(); err != nil {
				return err
			}
			run, err := f.load(args[0])
			if err != nil {
				return err
			}
			if run.Cluster.Workers == 0 {
				if err := takeCores(run); err != nil {
					return err
				}
			}
			return carryOut(c.Context(), args[0], run, f, coordinator.Options{Host: host, Port: port})
		},
	}
	f.register(c)
	c.Flags().BoolVar(&f.supervised, "supervised", false, `for a supervisor such as Kubernetes, which starts this program again: begin the run in --run-dir, or resume it;
wait while another coordinator has it; on SIGTERM save a checkpoint and leave the workers waiting; a finished run is success`)
	c.Flags().StringVar(&f.inputs, "inputs", "", "folder that relative paths of the run file start from; files that are missing there are waited for (ringmaster files push); default: the run file's folder")
	c.Flags().StringVar(&host, "host", "127.0.0.1", "listen address of the embedded NATS server; 0.0.0.0 accepts workers from other machines, over IPv4 and IPv6")
	c.Flags().IntVar(&port, "port", 4222, "port of the embedded NATS server; 0: a free port, which is printed")
	return c
}

// resumable says how to resume a failed run, if it has done anything. A diverged run would
// fail again in the same way.
func resumable(failed error, dir *directory.Dir, goOn string) string {
	if diverged(failed) {
		return "; resuming would fail in the same way: start a new run with other hyperparameters"
	}
	record, _, err := dir.ReadRecord()
	if err != nil || record.Kept == nil && len(record.Done) == 0 {
		return ""
	}
	return "; after fixing the problem, resume with\n  " + goOn
}

// diverged says of a run's error that its numbers became NaN or infinite, as they would again.
func diverged(failed error) bool {
	return errors.Is(failed, coordinator.ErrDiverging) || errors.Is(failed, coordinator.ErrAnswers) || errors.Is(failed, core.ErrNotFinite)
}

// openRunLog opens the coordinator's log, for debugging.
func openRunLog(l directory.Layout) (*os.File, error) {
	return os.OpenFile(filepath.Join(string(l), "coordinator.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
}

func textLog(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }
