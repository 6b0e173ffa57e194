package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/spf13/cobra"

	"ringmaster/affinity"
	"ringmaster/allreduce/ringbench"
	"ringmaster/benchmark/training"
	"ringmaster/cmd/secretargs"
	"ringmaster/cmd/usage"
	"ringmaster/cmd/version"
	"ringmaster/config"
	"ringmaster/coordinator"
	"ringmaster/coordinator/job"
	"ringmaster/durable"
	"ringmaster/errkind"
	"ringmaster/model/hub"
	"ringmaster/model/weights"
	"ringmaster/reproduce"
	"ringmaster/reproduce/experiments"
	"ringmaster/reproduce/report"
	"ringmaster/run/bucket"
	"ringmaster/run/credentials"
	"ringmaster/run/directory"
	"ringmaster/run/export"
	"ringmaster/run/mirror"
	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
	"ringmaster/shown"
)

// The exit codes.
const (
	exitFailed   = usage.Failed
	exitWrongUse = usage.Wrong
	exitStopped  = usage.Stopped
)

// errUsage marks a command line that cannot be meant.
var errUsage = usage.Err

// badInput makes an error that says what is wrong with a file an errUsage too.
func badInput(problem error) error { return errkind.Mark(problem, errUsage) }

func main() {
	secretargs.Hide()
	affinity.LimitGoMemory()
	if err := affinity.LimitGo(); err != nil {
		fmt.Fprintln(os.Stderr, "ringmaster: cannot determine the number of allowed cores:", err)
	}
	err := untilAsked(rootCommand().ExecuteContext, os.Stderr)
	if err == nil {
		return
	}
	if errors.Is(err, errAbrupt) {
		os.Exit(exitStopped)
	}
	var ended *exec.ExitError
	if errors.As(err, &ended) { // the worker program has said why
		os.Exit(max(ended.ExitCode(), exitFailed))
	}
	fmt.Fprintln(os.Stderr, "ringmaster:", shown.Message(err.Error()))
	os.Exit(exitCode(err))
}

func exitCode(err error) int {
	if errors.Is(err, coordinator.ErrStopped) || errors.Is(err, ringbench.ErrStopped) || errors.Is(err, training.ErrStopped) {
		return exitStopped
	}
	for _, wrong := range []error{errUsage, config.ErrInvalid, job.ErrRefused, protocol.ErrNotAdmitted, coordinator.ErrCredentials, credentials.ErrFile, coordinator.ErrHost, coordinator.ErrPort, protocol.ErrPayload, hub.ErrNoModel,
		hub.ErrNotFetched, directory.ErrHoldsRun, directory.ErrNotEmpty, directory.ErrInUse, directory.ErrNoRun, directory.ErrOtherRun, export.ErrNoModel, export.ErrNoTask, export.ErrBase, weights.ErrExists, coordinator.ErrTaken, ringbench.ErrOptions, training.ErrOptions,
		experiments.ErrUnknown, experiments.ErrNotMade, experiments.ErrPublished, reproduce.ErrOptions, reproduce.ErrNothing, reproduce.ErrNoRecord, report.ErrNothingThere,
		bucket.ErrNoObject, bucket.ErrNoBucket, bucket.ErrNotFolder, bucket.ErrCredentials, bucket.ErrDenied, mirror.ErrHoldsRun, transfer.ErrOthers, durable.ErrNotReplaced} {
		if errors.Is(err, wrong) {
			return exitWrongUse
		}
	}
	return exitFailed
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "ringmaster",
		Short: "Distributed training of small language models with knowledge distillation",
		Long: `Ringmaster trains one student model on several text classification tasks, data-parallel on
several workers, with knowledge distillation from one teacher per task. The weight of the
teachers is annealed to zero during training.`,
		Version:       version.String(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(trainCommand(), pretrainCommand(), coordinatorCommand(), workerCommand(), predictCommand(),
		dataCommand(), modelCommand(), filesCommand(), configCommand(), statusCommand(), auditCommand(), compareCommand(), searchCommand(), credentialsCommand(), reproduceCommand(), reportCommand(), benchCommand(), k8sCommand())
	usage.Tell(root)
	return root
}
