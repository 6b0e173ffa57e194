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
		Short: "Make a model folder of any checkpoint, and any head, of a run",
		Long: `Makes a Hugging Face folder of a run's model: the finished one, or that of the checkpoint of
--step. All tasks' heads are in it, for predict --task; --task says which of them transformers
loads. With --teacher it is the teacher of that task. The run is not changed, and may be under way.`,
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
				return fmt.Errorf("%w: --teacher needs --task: whose teacher is wanted", errUsage)
			}
			made, err := export.FromRun(c.Context(), q)
			if err != nil {
				return err
			}
			fmt.Printf("model: %s\nmade of %s\n", made.Dir, made.From)
			if made.Head != "" {
				fmt.Printf("transformers loads the head of task %s\n", made.Head)
			}
			return nil
		},
	}
	f := c.Flags()
	f.IntVar(&step, "step", 0, "the checkpoint after so many steps; left out, the finished model, or the newest checkpoint")
	f.StringVar(&q.Task, "task", "", "whose head transformers loads; empty takes the run's target")
	f.BoolVar(&q.Teacher, "teacher", false, "the teacher of --task in place of the student")
	f.StringVar(&q.Out, "out", "", "the new folder; empty makes RUN_DIR/export/…")
	return c
}
