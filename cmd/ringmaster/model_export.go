package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"ringmaster/run/directory"
	"ringmaster/run/export"
)

func modelExportCommand() *cobra.Command {
	var q export.Request
	var step int
	c := &cobra.Command{
		Use:   "export RUN_DIR",
		Short: "Export a run's model, or one of its checkpoints, as a Hugging Face folder",
		Long: `Exports a run's model as a Hugging Face folder: the final model, or the checkpoint of --step.
The folder has the heads of all tasks, for predict --task; --task selects the head that transformers
loads. With --teacher the teacher of that task is exported. The run is not changed, and may still be
running.`,
		Example: `  ringmaster model export runs/20260102-150405-sample --step 120
  ringmaster model export runs/20260102-150405-sample --task emotion --out emotion-model
  ringmaster model export runs/20260102-150405-sample --task emotion --teacher`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			q.Run = directory.Layout(args[0])
			if c.Flags().Changed("step") {
				q.Step = &step
			}
			if q.Teacher && q.Task == "" {
				return fmt.Errorf("%w: --teacher needs --task: name the task whose teacher to export", errUsage)
			}
			made, err := export.FromRun(c.Context(), q)
			if err != nil {
				return err
			}
			fmt.Printf("model: %s\nexported from %s\n", made.Dir, made.From)
			if made.Head != "" {
				fmt.Printf("transformers loads the head of task %s\n", made.Head)
			}
			return nil
		},
	}
	f := c.Flags()
	f.IntVar(&step, "step", 0, "export the checkpoint after this number of steps; default: the final model, or the newest checkpoint")
	f.StringVar(&q.Task, "task", "", "task whose head transformers loads; default: the run's target task")
	f.BoolVar(&q.Teacher, "teacher", false, "export the teacher of --task instead of the student")
	f.StringVar(&q.Out, "out", "", "folder to create; default: RUN_DIR/export/…")
	return c
}
